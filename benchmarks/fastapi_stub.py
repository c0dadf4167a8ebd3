"""What a developer writes by hand in an afternoon: FastAPI, models of the request and of the answer, and no memory.

    uvicorn benchmarks.fastapi_stub:app --loop uvloop --http httptools --no-access-log

`python -m benchmarks.peers` installs FastAPI, which the project does without, and serves this. It looks at no token and
keeps nothing, so it has less to do than the emulator. Both models are what FastAPI's manual advises for speed: pydantic
reads and writes them in compiled code.
"""

from typing import Annotated, Final, Literal
from uuid import uuid4

from fastapi import FastAPI
from pydantic import BaseModel, Field

_DONE: Final = "Request successful (no errors occured and the message has been submitted)"


class Destination(BaseModel):
    number: Annotated[str, Field(pattern="^[1-9][0-9]{6,14}$")]
    custom_id: str = ""
    params: dict[str, str | float] = {}


class Sms(BaseModel):
    message: Annotated[str, Field(min_length=1)]
    sender_id: str | None = None
    encoding: Literal["GSM7", "UCS2", "BINARY"] = "GSM7"
    ttl: Annotated[int, Field(ge=0, le=172_800)] = 0


class InstantMessage(BaseModel):
    channel: Literal["MESSENGER", "VIBER", "TELEGRAM", "RCS", "WHATSAPP"] | None = None
    sender_id: str | None = None
    content: str | None = None


class Send(BaseModel):
    destinations: Annotated[list[Destination], Field(min_length=1, max_length=50_000)]
    sms_content: Sms | None = None
    im_content: list[InstantMessage] = []
    callback_url: str | None = None


class ResultInfo(BaseModel):
    status_code: int
    description: str


class Result(BaseModel):
    message_id: str
    custom_id: str


class Accepted(BaseModel):
    api_job_id: str
    result_info: ResultInfo
    results: dict[str, Result]


app = FastAPI()


@app.post("/1/im")
async def send(request: Send) -> Accepted:
    return Accepted(
        api_job_id=str(uuid4()),
        result_info=ResultInfo(status_code=200, description=_DONE),
        results={
            each.number: Result(message_id=str(uuid4().int)[:20], custom_id=each.custom_id)
            for each in request.destinations
        },
    )
