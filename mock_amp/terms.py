"""What the settings of a server mean to its engine: the terms that its use cases keep to."""

from mock_amp.adapters.files import read_schema
from mock_amp.core.account import Limits
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import Duration
from mock_amp.core.retry import RetryPolicy
from mock_amp.core.two_factor import CodeRules
from mock_amp.core.validation import RequestRules
from mock_amp.engine.opening import OpeningTerms, Wish
from mock_amp.engine.world import Terms
from mock_amp.settings import Settings


def terms_of(settings: Settings) -> Terms:
    """Those of its world."""
    return Terms(
        node=settings.node,
        bundle_most=settings.bundle_most,
        bundle_window=settings.bundle_window,
        intermediary=settings.intermediary_reports,
        limits=Limits(messages=settings.keep_messages, requests=settings.keep_requests, age=settings.keep_for),
        patience=Duration(settings.callback_timeout * 2 // 3),
        bodies=settings.keep_bodies,
        posts_per_host=settings.max_callbacks_per_host,
        posts_per_account=settings.max_callbacks_per_account,
        posts_in_all=settings.max_callbacks,
        agenda=settings.max_agenda,
        retry=RetryPolicy(attempts=settings.callback_attempts, interval=settings.callback_interval),
    )


def opening_terms_of(settings: Settings) -> OpeningTerms:
    """How accounts open."""
    unknown = Wish(mode=ClockMode(settings.clock), expires_after=settings.accounts_expire_after)
    return OpeningTerms(
        seed=settings.random_seed,
        rate=settings.clock_rate,
        most=settings.max_accounts,
        unknown=unknown if settings.open_accounts else None,
    )


def rules_of(settings: Settings, schema: str) -> RequestRules:
    """What a send has to be, by the schema of its product."""
    return RequestRules(read_schema(schema), strict=settings.strict, depth=settings.nesting_limit)


def code_rules_of(settings: Settings) -> CodeRules:
    """What the wish for a two-factor code has to be."""
    return CodeRules(read_schema("2fa-request"), strict=settings.strict, depth=settings.nesting_limit)
