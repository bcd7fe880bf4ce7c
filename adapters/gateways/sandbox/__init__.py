"""The sandbox gateway: a server on loopback that speaks both gateways' protocols, written from the vendors' pages.

    async with SandboxGateway(speed=math.inf) as sandbox:
        ...  # sandbox.toapis_url, sandbox.apimart_url with the key "sandbox-key"

It imports nothing of the catalog or the clients: else a test against it would prove nothing.

The gateways, below {url}/toapis and {url}/apimart:
    POST /v1/videos/generations; GET /v1/videos/generations/{id} (ToAPIs), GET /v1/tasks/{id} (APIMart);
    POST /v1/uploads/images, /v1/uploads/videos (ToAPIs); GET /v1/balance; GET /v1/models
Files, below {url}/files: videos/{task}.mp4, thumbnails/{task}.jpg, uploads/{name}; with Range.
Health: GET {url}/healthz.

Control, JSON, below {url}/control (writing needs Content-Type: application/json):
    GET    /requests?gateway=&route=   the requests the gateways got, oldest first      DELETE forgets them
    GET    /tasks?gateway=             the tasks made; GET /tasks/{id} is one of them
    POST   /tasks/{id}                 {"outcome": "finish" | "fail" | "stick", "message"?}: now, whatever it was
    GET    /faults                     the table of faults, and what is programmed      DELETE forgets the latter
    POST   /faults                     {"fault", "route"?, "gateway"?, "argument"?, "times"?}: the next `times` requests
    PUT    /balance                    {"usd": 3.5 | "inf", "gateway"?}
    PUT    /speed                      {"speed": 20 | "inf"}: for tasks made from now on
    GET    /counters                   {"toapis": {"create": 2, "status": 9, "tasks": 2}, "apimart": {...}}

Faults: the table is FAULTS; a prompt asks for one with `[[sandbox:NAME=ARGUMENT]]` (see `faults`).
"""

from adapters.gateways.sandbox.faults import FAULTS, Fault, UnknownFault
from adapters.gateways.sandbox.recorder import RecordedRequest
from adapters.gateways.sandbox.server import SandboxGateway

__all__ = ["FAULTS", "Fault", "RecordedRequest", "SandboxGateway", "UnknownFault"]
