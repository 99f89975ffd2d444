"""What the catalogue promises about writes that are sent twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.errors import LostRaceError, WrongInputError
from cloudflow_lib.ports.answer_book import AnswerClaim, KeptAnswer

ANSWER = KeptAnswer(
    status=201,
    headers={"content-type": "application/json", "a.b": "$c"},
    body=b'{"a":"\xff"}',
    content="digest",
    is_sealed=True,
)


def claim_of(key="key", digest="digest", holder="a request"):
    return AnswerClaim(key=key, digest=digest, holder=holder)


def in_an_hour():
    return datetime.now(UTC) + timedelta(hours=1)


def test_the_first_claims_and_the_next_gets_the_answer(catalog):
    key = uuid4().hex

    assert catalog.claim_answer(claim_of(key), until=in_an_hour()) is None
    with pytest.raises(LostRaceError, match="being worked on"):
        catalog.claim_answer(claim_of(key), until=in_an_hour())
    catalog.keep_answer(claim_of(key), ANSWER, until=in_an_hour())
    assert ANSWER == catalog.claim_answer(claim_of(key), until=in_an_hour())
    assert ANSWER == catalog.claim_answer(claim_of(key), until=in_an_hour())


def test_a_key_stands_for_one_request(catalog):
    catalog.claim_answer(claim_of(), until=in_an_hour())

    with pytest.raises(WrongInputError, match="used for another request"):
        catalog.claim_answer(claim_of("key", "another"), until=in_an_hour())
    catalog.keep_answer(claim_of(), ANSWER, until=in_an_hour())
    with pytest.raises(WrongInputError, match="used for another request"):
        catalog.claim_answer(claim_of("key", "another"), until=in_an_hour())


def test_what_is_released_or_over_may_be_sent_again(catalog):
    catalog.claim_answer(claim_of(), until=in_an_hour())
    catalog.release_answer(claim_of())
    catalog.release_answer(claim_of("unknown"))
    assert catalog.claim_answer(claim_of("key", "another"), until=datetime.now(UTC) - timedelta(seconds=1)) is None
    assert catalog.claim_answer(claim_of("key", "third"), until=in_an_hour()) is None
    catalog.keep_answer(claim_of("key", "third"), ANSWER, until=datetime.now(UTC) - timedelta(seconds=1))
    assert catalog.claim_answer(claim_of("key", "fourth"), until=in_an_hour()) is None


def test_a_claim_that_is_renewed_goes_on(catalog):
    catalog.claim_answer(claim_of(), until=datetime.now(UTC) + timedelta(seconds=1))
    catalog.renew_claim(claim_of(), until=in_an_hour())
    catalog.renew_claim(claim_of("unknown"), until=in_an_hour())

    catalog._now = lambda: datetime.now(UTC) + timedelta(minutes=30)
    with pytest.raises(LostRaceError, match="being worked on"):
        catalog.claim_answer(claim_of(), until=in_an_hour())
    catalog.keep_answer(claim_of(), ANSWER, until=in_an_hour())
    catalog.renew_claim(claim_of(), until=datetime.now(UTC))
    assert ANSWER == catalog.claim_answer(claim_of(), until=in_an_hour())


def test_who_lost_a_claim_changes_nothing_of_the_one_who_took_it_over(catalog):
    slow, next_one = claim_of(holder="slow"), claim_of(holder="next")
    catalog.claim_answer(slow, until=datetime.now(UTC) - timedelta(seconds=1))
    assert catalog.claim_answer(next_one, until=in_an_hour()) is None

    catalog.release_answer(slow)
    catalog.keep_answer(slow, replace(ANSWER, body=b"slow"), until=in_an_hour())
    catalog.renew_claim(slow, until=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(LostRaceError, match="being worked on"):
        catalog.claim_answer(claim_of(holder="third"), until=in_an_hour())
    catalog.keep_answer(next_one, ANSWER, until=in_an_hour())
    catalog.keep_answer(slow, replace(ANSWER, body=b"slow"), until=in_an_hour())
    assert ANSWER == catalog.claim_answer(claim_of(holder="third"), until=in_an_hour())


def test_an_answer_stays_and_one_that_nobody_claimed_is_not_kept(catalog):
    catalog.claim_answer(claim_of(), until=in_an_hour())
    catalog.keep_answer(claim_of(), ANSWER, until=in_an_hour())
    catalog.release_answer(claim_of())
    catalog.keep_answer(claim_of("never claimed"), ANSWER, until=in_an_hour())

    assert ANSWER == catalog.claim_answer(claim_of(), until=in_an_hour())
    assert catalog.claim_answer(claim_of("never claimed"), until=in_an_hour()) is None


def test_of_many_at_once_one_wins(catalog):
    def claim(_number):
        try:
            return catalog.claim_answer(claim_of(), until=in_an_hour())
        except LostRaceError:
            return "lost"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(claim, range(8)))

    assert (1, 7) == (results.count(None), results.count("lost"))
