"""From the decider's arrays to recommendations that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from cloudflow_lib.domain.advice_words import MoveFigures, chance_of_gain, reasons_for
from cloudflow_lib.domain.advising import MONTH, Advice
from cloudflow_lib.domain.prices import Meter, book_hash
from cloudflow_lib.domain.recommendations import OPEN_FOR, CostPart, Judgement, Reason, Recommendation
from cloudflow_lib.ports.forecasts import UseForecast
from cloudflow_lib.workflows.advising_cases import Page

MODEL = "expected-cost-1"
"""The decider of `cloudflow_lib.domain.advising`: no learning, all prices."""


@dataclass(slots=True)
class Writer:
    """Writes the recommendations of one page."""

    page: Page
    advice: Advice
    now: datetime
    judgement: Judgement
    forecasts: Mapping[str, UseForecast]
    told: Mapping[str, Sequence[str]]

    def __init__(
        self,
        page: Page,
        advice: Advice,
        now: datetime,
        model: str | None,
        forecasts: Mapping[str, UseForecast],
        told: Mapping[str, Sequence[str]],
    ) -> None:
        self.page, self.advice, self.now = page, advice, now
        self.forecasts, self.told = forecasts, told
        book = page.choice.book
        name = f"{MODEL} + {model}" if model else MODEL
        self.judgement = Judgement(model=name, price_book=book.name, price_book_hash=book_hash(book))

    def recommendation(self, number: int) -> Recommendation:
        """Write down what file *number* of the page should do."""
        page, advice = self.page, self.advice
        file, use = page.files[number], page.uses[number]
        here, to = int(page.cases.here[number]), int(advice.to[number])
        storage = float(advice.storage[number, here] - advice.storage[number, to])
        per_read = float(advice.use[number, here] - advice.use[number, to])
        saves = float(advice.saves[number])
        once = {CostPart(name): float(part[number]) for name, part in advice.once.items() if part[number]}
        rate = float(page.cases.reads[number])
        worst = [storage + per_read * reads for reads in (0.0, rate, use.busiest_month / 30)]
        read_here, read_there = self._whole_read(number, here), self._whole_read(number, to)
        return Recommendation(
            recommendation_id=uuid4().hex,
            file_id=file.file_id,
            owner=file.owner,
            key=file.key,
            size_bytes=file.size_bytes,
            version=file.version,
            source=page.choice.options[here].spot,
            destination=page.choice.options[to].spot,
            saves_per_month=saves * MONTH,
            saves_low=float(advice.saves_low[number]) * MONTH,
            saves_high=float(advice.saves_high[number]) * MONTH,
            once=once,
            pays_back_days=sum(once.values()) / saves,
            read_tomorrow=read_there - read_here,
            worst_per_month=min(worst) * MONTH,
            confidence=round(chance_of_gain(storage, per_read, use), 4),
            reasons=(
                *reasons_for(self._figures(number, here, to, once), use),
                *self._habits(number),
                *self._forecast(file.file_id),
            ),
            judgement=self.judgement,
            created_at=self.now,
            expires_at=self.now + OPEN_FOR,
            state_since=self.now,
        )

    def _habits(self, number: int) -> Iterator[Reason]:
        """Yield what files like it were used like, and that the class follows from that."""
        placed = self.page.placed[number]
        if placed and placed.storage_class == self.page.choice.options[int(self.advice.to[number])].spot.storage_class:
            often = placed.reads_per_day * MONTH
            text = f"files used like it are read {often:.2g} times a month from here on"
            yield Reason("habits", f"{text}: {placed.storage_class} is worth most")

    def _forecast(self, file_id: str) -> Iterator[Reason]:
        """Yield what the model says of the file, and why."""
        if forecast := self.forecasts.get(file_id):
            why = ", ".join(self.told.get(file_id, ()))
            text = f"the model takes it for {forecast.tier} ({forecast.chance:.0%} sure)"
            yield Reason("model", f"{text}: {why}" if why else text)

    def _whole_read(self, number: int, option: int) -> float:
        """Return what reading all of the file once costs."""
        request = float(self.advice.use[number, option])
        sent, size = float(self.page.cases.bytes_per_read[number]), float(self.page.files[number].size_bytes)
        per_byte = self._retrieval(option)
        return request + (size - sent) * per_byte

    def _retrieval(self, option: int) -> float:
        one = self.page.choice.options[option]
        return float(one.book.first(one.spot.storage_class, Meter.RETRIEVAL)) / one.book.unit_bytes

    def _figures(self, number: int, here: int, to: int, once: dict[CostPart, float]) -> MoveFigures:
        storage, use = self.advice.storage[number] * MONTH, (self.advice.day - self.advice.storage)[number] * MONTH
        return MoveFigures(
            source=self.page.choice.options[here].spot,
            destination=self.page.choice.options[to].spot,
            storage_before=float(storage[here]),
            storage_after=float(storage[to]),
            use_before=float(use[here]),
            use_after=float(use[to]),
            once=once,
            pays_back_days=sum(once.values()) / float(self.advice.saves[number]),
            watched_days=self.page.watched[number],
        )
