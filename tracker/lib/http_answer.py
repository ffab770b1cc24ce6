"""Reads one answer from a connection: by its usual head, or with the care of h11 when there is anything else to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import h11
import httpcore

from tracker.lib.http_deadline import Stream
from tracker.lib.http_head import Headers, UsualHead, usual_head

LONGEST_HEAD = 100 * 1024
"""Bytes of a head that are read; a longer one is a fault."""

_ASKED = h11.Request(method="POST", target="/", headers=[("Host", "sent.already")])
"""What the reader is told of the request. Only its method matters: HEAD and CONNECT alone are answered otherwise."""


class Answer(Protocol):
    """An answer of which the head was read."""

    status: int
    headers: Headers

    def body(self) -> Iterator[bytes]:
        """Yield the body as it comes, still compressed; RemoteProtocolError when it is not as the head says."""

    def is_over(self) -> bool:
        """Tell whether all of it was read, and another request may follow on the connection."""

    def is_followed(self) -> bool:
        """Tell whether more came behind it, that no request had asked for."""


def read_answer(stream: Stream) -> Answer:
    """Read the head of the answer to a request that was sent."""
    first = stream.receive()
    head = usual_head(first)
    return CarefulAnswer(stream, first) if head is None else UsualAnswer(stream, head, first)


class UsualAnswer:
    """An answer with a usual head: a body of a known length follows."""

    def __init__(self, stream: Stream, head: UsualHead, first: bytes) -> None:
        self.status, self.headers = head.status, head.headers
        self._stream = stream
        self._rest = first[head.size :]
        self._missing = head.length

    def body(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        while self._missing:
            came = self._rest or self._stream.receive()
            if not came:
                raise httpcore.RemoteProtocolError("peer closed connection before the end of the body")
            part, self._rest = came[: self._missing], came[self._missing :]
            self._missing -= len(part)
            yield part

    def is_over(self) -> bool:
        """Tell whether all of it was read."""
        return not self._missing

    def is_followed(self) -> bool:
        """Tell whether more came behind it."""
        return bool(self._rest)


class CarefulAnswer:
    """An answer in any form that HTTP allows."""

    def __init__(self, stream: Stream, first: bytes) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._http.send(_ASKED)
        self._http.send(h11.EndOfMessage())
        self._receive(first)
        while not isinstance(head := self._next(), h11.Response):
            pass  # an answer to come, which says nothing yet
        self.status = head.status_code
        self.headers: Headers = tuple(
            (one.decode("latin-1"), value.decode("latin-1")) for one, value in head.headers
        )

    def body(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        while isinstance(part := self._next(), h11.Data):
            yield bytes(part.data)

    def is_over(self) -> bool:
        """Tell whether all of it was read, and both sides may go on."""
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def is_followed(self) -> bool:
        """Tell whether more came behind it."""
        return bool(self._http.trailing_data[0])

    def _next(self) -> Any:
        """Return the next event."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._receive(self._stream.receive())
        except h11.RemoteProtocolError as error:
            raise httpcore.RemoteProtocolError(str(error)) from error
        return event

    def _receive(self, came: bytes) -> None:
        if not came and self._http.their_state is h11.SEND_RESPONSE:
            raise httpcore.RemoteProtocolError("the server ended the connection without sending a response")
        self._http.receive_data(came)
