"""Images in (sniffed, bounded, cleaned) and videos out (saved, probed, shrunk). `library.LocalMedia` is the whole."""
