"""The floors, as an app: a file, and an empty answer.

usage: FAIRTILL_FILE=… uvicorn bare:app
"""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route


async def file(_request: Request) -> Response:
    return FileResponse(os.environ["FAIRTILL_FILE"], media_type="application/json")


async def empty(_request: Request) -> Response:
    return Response(status_code=204)


app = Starlette(routes=[Route("/file", file), Route("/empty", empty)])
