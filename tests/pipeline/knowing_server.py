"""An OpenAI-compatible server that knows the answers: it reads the question, and counts what it is asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class KnowingServer:
    """`answer` maps a prompt to the text of the reply, or to an HTTP status; `logprob` is that of its only token."""

    def __init__(self, answer: Callable[[str], str | int], logprob: float | None = None) -> None:
        self.answer, self.logprob = answer, logprob
        self.prompts: list[str] = []
        self.url = ""


@contextmanager
def serving(answer: Callable[[str], str | int], logprob: float | None = None) -> Iterator[KnowingServer]:
    server = KnowingServer(answer, logprob)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._send(200, {"data": [{"id": "knowing-1"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompt = " ".join(part["text"] for part in body["messages"][-1]["content"] if part["type"] == "text")
            assert any(part["type"] == "image_url" for part in body["messages"][-1]["content"])
            server.prompts.append(prompt)
            said = server.answer(prompt)
            if isinstance(said, int):
                self._send(said, {"error": {"message": "the server says so"}})
                return
            usage = {"prompt_tokens": 100 + len(prompt.split()), "completion_tokens": len(said.split())}
            choice: dict[str, object] = {
                "index": 0,
                "message": {"role": "assistant", "content": said},
                "finish_reason": "stop",
            }
            choice["finish_reason"] = "stop"
            if server.logprob is not None:
                choice["logprobs"] = {"content": [{"token": said, "logprob": server.logprob}]}
            self._send(200, {"choices": [choice], "usage": usage})

        def _send(self, status: int, content: object) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
