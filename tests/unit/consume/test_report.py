"""Lines for people: few, and the troubles clear."""

from __future__ import annotations

from consumers.apply.outcome import Outcome
from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.handling import Ack
from consumers.streaming.report import Report

SOURCE = Source(name="studio", subscription="s")


def ack(count: int = 1, *, published_at: float = 0.0, refused: tuple[str, ...] = (), **counts: int) -> Ack:
    delivery = Delivery(source=SOURCE, ack_id="1", data=b"", published_at=published_at)
    outcome = Outcome()
    for name, value in counts.items():
        setattr(outcome, name, value)
    return Ack(deliveries=[delivery] * count, outcome=outcome, refused=refused)


def test_one_line_a_second_sums_up() -> None:
    """Counts of everything since the line before."""
    lines: list[str] = []
    report = Report(lines.append)
    report.add(ack(2, created=1_500), 0)
    report.line(100.0)
    report.add(ack(1, updated=3, published_at=50.0), 50.02)
    report.line(100.5)
    report.add(ack(1, published_at=50.0), 50.04)
    report.line(101.0)
    report.line(102.0)
    assert lines == [
        "2 messages: 1,500 created",
        "2 messages: 3 updated; 30 ms after publication (longest 40)",
    ]


def test_refused_messages_are_shouted() -> None:
    """The number and the last reason."""
    lines: list[str] = []
    report = Report(lines.append)
    report.add(ack(3, refused=("one", "two")), 0)
    report.line(0, last=True)
    assert "2 REFUSED and stored as dead changes, the last: two" in lines[0]


def test_a_trouble_is_told_when_it_begins_and_when_it_ends() -> None:
    """Not again and again, and on one line."""
    lines: list[str] = []
    report = Report(lines.append)
    for problem in ("", "down\n\tfor good", "down\n\tfor good", "", ""):
        report.trouble("studio", problem)
    assert lines == ["studio: down for good", "studio: works again."]
    assert report.problems == []


def test_the_lag_of_a_source_is_given_once() -> None:
    """Milliseconds of its last message."""
    report = Report(lambda _: None)
    report.add(ack(published_at=10.0), 10.25)
    assert report.lags() == {"studio": 250}
    assert report.lags() == {}
