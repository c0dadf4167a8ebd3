"""What a stored job was asked to send."""

import orjson

from mock_amp.core import wire
from mock_amp.core.model import Content, Job
from mock_amp.ports import StoreDamaged


def content_of(job: Job) -> Content:
    """The content of the request as it was accepted. Raises StoreDamaged when it cannot be read any more."""
    try:
        return wire.read_content(orjson.loads(job.request))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise StoreDamaged(f"the file is damaged: the request of job {job.key} cannot be read ({error})") from error
