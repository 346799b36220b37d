"""qader_sse: live two-player quiz duels."""

import logging
from collections import Counter
from dataclasses import fields
from uuid import uuid4

from flask import Flask
from flask_openapi3.openapi import OpenAPI

from qader_sse import cli, engines, installation
from qader_sse.clock import SteadyClock
from qader_sse.config import ENCODE, BadSetting, Settings
from qader_sse.domain.events import committed
from qader_sse.extensions import db, migrate
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.sign_ins import SignInLimits
from qader_sse.metrics.worker_metrics import WorkerMetrics
from qader_sse.presence_recorder import PresenceRecorder
from qader_sse.realtime.bus import redis_servers
from qader_sse.realtime.bus.interface import Bus, LocalBus
from qader_sse.realtime.bus.redis_bus import RedisBus
from qader_sse.realtime.hub import Hub
from qader_sse.realtime.loop_lag import LoopLag
from qader_sse.realtime.polling_clients import PollingClients
from qader_sse.realtime.stream_notes import StreamNotes
from qader_sse.realtime.streams.connection import StreamServices
from qader_sse.realtime.streams.dispatcher import Dispatcher
from qader_sse.realtime.streams.handover_state import HandoverState
from qader_sse.realtime.streams.log_reader import LogReader
from qader_sse.realtime.streams.opening import StreamOpener
from qader_sse.realtime.streams.timeouts import Timeouts
from qader_sse.service import Clock, Service
from qader_sse.store import drawing, questions, schema_check
from qader_sse.store.challenge_cache import ChallengeCache
from qader_sse.store.database import Database
from qader_sse.store.database_check import DatabaseCheck
from qader_sse.store.schema_check import TableCheck
from qader_sse.store.session_cache import SessionCache
from qader_sse.stream_recorder import StreamRecorder
from qader_sse.sweeper import Sweeper
from qader_sse.tracing import Tracing, tracing_to
from qader_sse.use_case_measures import UseCaseMeasures
from qader_sse.use_cases.accounts import AccountUseCases
from qader_sse.use_cases.blocks import BlockUseCases
from qader_sse.use_cases.canaries import Canaries
from qader_sse.use_cases.challenge_repository import ChallengeRepository
from qader_sse.use_cases.challenges import ChallengeUseCases
from qader_sse.use_cases.django_tokens import DjangoTokens
from qader_sse.use_cases.invite_links import InviteLinks
from qader_sse.use_cases.maintenance import Maintenance
from qader_sse.use_cases.online_people import OnlinePeople
from qader_sse.use_cases.password_changes import PasswordChanges
from qader_sse.use_cases.passwords import Passwords
from qader_sse.use_cases.presence_changes import PresenceChanges
from qader_sse.use_cases.question_bank import QuestionBank
from qader_sse.use_cases.refreshing import RefreshUseCases
from qader_sse.use_cases.retention import Retention
from qader_sse.use_cases.seekers import Seekers
from qader_sse.use_cases.stream_notes import StreamHistories, StreamNoting
from qader_sse.use_cases.stream_tickets import StreamTickets
from qader_sse.web import (
    access_log,
    answer_counts,
    error_responses,
    health,
    metrics,
    request_guards,
    traces,
    wsgi_layers,
)
from qader_sse.web.api.blueprints import BLUEPRINTS
from qader_sse.web.documents import views as documents
from qader_sse.web.flask_parts import FastJson, LeanApp, SessionCookies
from qader_sse.web.openapi_models import SECURITY_SCHEMES, ErrorResponse
from qader_sse.web.pages import assets, error_pages, views
from qader_sse.web.path_numbers import AsciiInteger
from qader_sse.web.streaming import canary, sse, sse_multiplexed, websocket


def create_app(settings: Settings, *, clock: Clock | None = None, bus: Bus | None = None) -> Flask:
    """Build the app: the only place that joins all layers. Tests may give a clock and a bus."""
    app = LeanApp(
        __name__,
        doc_ui=False,
        security_schemes=SECURITY_SCHEMES,
        validation_error_status=400,
        validation_error_model=ErrorResponse,
        validation_error_callback=error_responses.validation_response,
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.options(settings),
        # One byte more than the limit, to distinguish a body at the limit from one above it.
        MAX_CONTENT_LENGTH=settings.max_body_bytes + 1,
        DEFAULT_LOCALE=settings.default_locale,
        SESSION_COOKIE_NAME="sessionid",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE=settings.cookie_samesite,
        SESSION_COOKIE_SECURE=settings.secure_cookie,
        SESSION_COOKIE_DOMAIN=settings.cookie_domain or None,
        PERMANENT_SESSION_LIFETIME=settings.session_seconds,
        SESSION_REFRESH_EACH_REQUEST=False,
        REMEMBER_COOKIE_NAME=None,  # there is none: `remember_token` is another service's
    )
    app.json = FastJson(app)
    app.session_interface = SessionCookies(app)
    logging.getLogger(__name__).setLevel(logging.INFO)
    db.init_app(app)
    migrate.init_app(app, db, directory=installation.MIGRATIONS)
    tracing = tracing_to(settings.traces_endpoint)
    clock = clock or SteadyClock(settings.clock_anchor)
    app.extensions["qader_sse"] = _build_service(
        app, settings, clock, bus or _make_bus(settings), tracing
    )
    app.extensions["qader_sse_metrics"] = WorkerMetrics(app.extensions["qader_sse"])
    app.extensions["qader_sse_tracing"] = tracing
    traces.register(app, tracing)
    _register_routes(app, settings)
    cli.register(app)
    return app


def why_not_to_start(app: Flask) -> str | None:
    """Return why the database cannot serve, as a sentence about DATABASE_URL, or None if it can.

    It cannot if it is not reached, or lacks the tables of this version.
    """
    with app.app_context():
        found = schema_check.problem(db.engine, installation.MIGRATIONS)
    return f"{schema_check.refusal(found)}." if found else None


def _make_bus(settings: Settings) -> Bus:
    if not settings.redis_url:
        return LocalBus()
    try:
        return RedisBus(settings.redis_url, settings.secret_key)
    except ValueError:
        # The library's message is not shown: it may hold a part of the password.
        raise BadSetting(f"REDIS_URL must be {redis_servers.URL_FORMS}. {ENCODE}") from None


def _build_service(
    app: Flask, settings: Settings, clock: Clock, bus: Bus, tracing: Tracing
) -> Service:
    with app.app_context():
        engine = db.engine
        measures = UseCaseMeasures()
        engines.count_statements(engine, measures.count_statement)
        database = Database(
            engine, lambda events: bus.announce(committed(events, clock(), tracing.current()))
        )
        check = DatabaseCheck(
            engines.for_checks(engine),
            clock if isinstance(clock, SteadyClock) else None,
        )
    database.when_commits_are_lost(lambda: questions.forget(engine))
    database.when_commits_are_lost(lambda: drawing.forget(engine))
    dispatcher, session_cache = Dispatcher(clock), SessionCache(database)
    hub = Hub(database, StreamNotes(clock), session_cache, dispatcher.schedule_delivery)
    polling, worker = PollingClients(hub.notes), uuid4().hex
    bus.subscribe(hub.receive, hub.catch_up_soon)
    cache = ChallengeCache(database)
    bus.subscribe(cache.learn, lambda: None)
    limits = settings.time_limits
    repository = ChallengeRepository(cache, limits)
    passwords = Passwords(settings.password_hash_method, settings.password_wait_seconds)
    secret, redis_url = settings.secret_key, settings.redis_url
    # What connects to Redis for one command at a time, as limits do.
    connect = (lambda: redis_servers.client(redis_url)) if redis_url else None
    shares = FairShares(settings, secret, connect)
    maintenance = Maintenance(database, repository, settings.arrival_grace_seconds)
    challenges = ChallengeUseCases(database, repository, limits, settings.duel_limits, clock)
    changes = PresenceChanges(database, repository, limits, worker)
    presence = PresenceRecorder(changes, hub, clock, limits)
    retention = Retention(database, settings.retention_periods)
    noting = StreamNoting(database)
    service = Service(
        settings=settings,
        clock=clock,
        database=database,
        database_check=check,
        tables=TableCheck(database.autocommit, installation.MIGRATIONS),
        session_cache=session_cache,
        challenge_cache=cache,
        accounts=AccountUseCases(database, passwords),
        password_changes=PasswordChanges(database, passwords, settings.reset_link_seconds),
        django_tokens=DjangoTokens(database, creates_accounts=settings.django_tokens == "create"),
        stream_tickets=StreamTickets(database),
        refreshing=RefreshUseCases(database),
        challenges=challenges,
        invite_links=InviteLinks(
            database, cache, repository, limits, settings.duel_limits, secret, clock
        ),
        blocks=BlockUseCases(database, challenges),
        canaries=Canaries(database),
        question_bank=QuestionBank(database),
        maintenance=maintenance,
        sweeper=Sweeper(maintenance, retention, clock, settings.sweep_seconds),
        presence=presence,
        seekers=Seekers(database, limits, clock),
        online_people=OnlinePeople(database, presence.everybody_online, clock),
        passwords=passwords,
        shares=shares,
        sign_ins=SignInLimits(shares),
        bus=bus,
        hub=hub,
        polling_clients=polling,
        stream_recorder=StreamRecorder(noting, hub, polling, worker),
        stream_histories=StreamHistories(database, settings.noting_silence_seconds),
        opener=StreamOpener(database, cache, clock, hub.recent),
        dispatcher=dispatcher,
        handover_state=HandoverState(),
        streams=StreamServices(
            hub,
            LogReader(database, hub),
            Timeouts(
                settings.heartbeat_seconds, settings.peer_timeout_seconds, settings.retry_seconds
            ),
            clock,
            on_traced=tracing.written,
        ),
        measures=measures,
        answers=Counter(),
        loop_lag=LoopLag(hub.notes.stood_still),
    )
    measures.measure({part.name: getattr(service, part.name) for part in fields(service)})
    # Those that only a background task has.
    measures.measure({"presence": changes, "retention": retention, "stream_notes": noting})
    return service


def _register_routes(app: OpenAPI, settings: Settings) -> None:
    app.url_map.converters["int"] = AsciiInteger
    layers = wsgi_layers.around(app.wsgi_app, app.extensions["qader_sse"])
    app.wsgi_app = layers  # type: ignore[method-assign]  # Flask's own way to wrap
    metrics.register(app, settings.metrics_port)
    answer_counts.register(app)
    access_log.register(app)
    request_guards.register(app)
    error_responses.register(app)
    error_pages.register(app)
    for api in (*BLUEPRINTS, sse.bp, sse_multiplexed.bp):
        app.register_api(api)
    for blueprint in (websocket.bp, canary.bp, health.bp, views.bp):
        app.register_blueprint(blueprint)
    documents.register(app)
    assets.register(app)
