"""Protocol buffer definitions: protoc compiles them, and messages are parsed by their own classes in a private pool.

protoc runs as a process of its own with a time limit: whatever a definition does to it, the emulator goes on.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory

from emulator.errors import FailedPrecondition, InvalidArgument
from emulator.schemas.protobuf_evolution import Evolution
from emulator.schemas.types import Misfit, Type, shortened

_SECONDS_TO_COMPILE = 20
_FILE = "schema.proto"
_COMPLAINT = re.compile(rf"^\S*{re.escape(_FILE)}:\s*(.*)$", re.MULTILINE)


class ProtobufType:
    """The message type that the messages of a topic have."""

    def __init__(self, files: Sequence[Any], root: str) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        try:
            for file in files:
                self._pool.AddSerializedFile(file.SerializeToString())
            self.descriptor = self._pool.FindMessageTypeByName(root)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidArgument(f"Invalid schema definition: {shortened(str(error))}") from error
        self._class = message_factory.GetMessageClass(self.descriptor)

    def check_json(self, data: bytes) -> None:
        """Raise Misfit unless the data is a message in the JSON mapping of protocol buffers, without unknown fields."""
        if data.lstrip()[:1] != b"{":  # the library reads an empty list as an empty message
            raise Misfit("it is not a JSON object")
        try:
            parsed = json_format.Parse(data.decode(), self._class(), descriptor_pool=self._pool)
        except RecursionError as error:
            raise Misfit("it is nested too deeply") from error
        except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
            raise Misfit(str(error)) from error
        _check_required(parsed)

    def check_binary(self, data: bytes) -> None:
        """Raise Misfit unless the data is a message on the wire; fields of other revisions pass, as they always do."""
        try:
            parsed = self._class.FromString(data)
        except message.DecodeError as error:
            raise Misfit(str(error)) from error
        _check_required(parsed)

    def conflict(self, older: Type) -> str | None:
        """Fields that are not required may come and go; nothing else may change."""
        assert isinstance(older, ProtobufType)
        return Evolution().conflict(self.descriptor, older.descriptor)


def parse(definition: str) -> ProtobufType:
    """The type that a definition in the language of protocol buffers describes, or InvalidArgument."""
    (file,) = _files(_compiled(definition))
    if file.dependency:
        raise InvalidArgument("Invalid schema definition: imports are not supported.")
    if len(file.message_type) != 1 or file.enum_type:
        raise InvalidArgument(
            "Invalid schema definition: it must define exactly one top-level type, a message, and defines"
            f" {len(file.message_type) + len(file.enum_type)}. Nest the others in the message."
        )
    root = file.message_type[0].name
    return ProtobufType([file], f"{file.package}.{root}" if file.package else root)


def from_descriptors(compiled: bytes, root: str) -> ProtobufType:
    """The type of that name in a serialised FileDescriptorSet, or InvalidArgument."""
    return ProtobufType(_files(compiled), root)


def _files(compiled: bytes) -> Sequence[Any]:
    try:
        files: Sequence[Any] = descriptor_pb2.FileDescriptorSet.FromString(compiled).file
    except message.DecodeError as error:
        raise InvalidArgument("Invalid schema definition: it is not a FileDescriptorSet.") from error
    return files


def _compiled(definition: str) -> bytes:
    """The serialised FileDescriptorSet of a definition."""
    if importlib.util.find_spec("grpc_tools") is None:
        raise FailedPrecondition(
            "Protocol buffer schemas need the package grpcio-tools: pip install 'feedsync[emulator]'."
        )
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        Path(folder, _FILE).write_text(definition)
        result = Path(folder, "compiled")
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--descriptor_set_out={result}", _FILE]
        try:
            subprocess.run(  # noqa: S603 - nothing of the command comes from the definition
                command, check=True, timeout=_SECONDS_TO_COMPILE, capture_output=True, text=True, errors="replace"
            )
        except subprocess.CalledProcessError as error:
            raise InvalidArgument(f"Invalid schema definition: {shortened(_complaint(error.stderr))}") from error
        except subprocess.TimeoutExpired as error:
            raise InvalidArgument("Invalid schema definition: it takes too long to compile.") from error
        return result.read_bytes()


def _complaint(printed: str) -> str:
    """What protoc said of the file, with line and column; not its warnings, its own log and our paths."""
    lines = [line for line in _COMPLAINT.findall(printed) if not line.startswith("warning")]
    return "; ".join(lines) or "it cannot be compiled."


def _check_required(parsed: Any) -> None:
    missing = parsed.FindInitializationErrors()
    if missing:
        raise Misfit(f"the fields {', '.join(missing)} are missing")
