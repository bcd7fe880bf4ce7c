"""What an operator sees and steers: health, metrics, gateways, the gateways' webhooks."""
