"""What runs in a world to fetch URLs: the errands, and the limits that the options set them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ssl import SSLContext
from urllib.parse import quote

from tcpviz.client.fetch import Errand, Fetch
from tcpviz.client.options import FetchOptions
from tcpviz.client.outlet import Sink
from tcpviz.client.request import Request
from tcpviz.client.url import Url, parse_url
from tcpviz.recording import Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.run import Run
from tcpviz.session.trust import key_log, tls_context
from tcpviz.session.world import World
from tcpviz.tcp.config import SECOND


def errands_of(options: RunOptions, sinks: Sequence[Sink]) -> list[Errand]:
    """What to fetch, with a sink for each URL. Raises UrlError."""
    return [Errand(url, sink) for url, sink in zip(_urls(options), sinks, strict=True)]


def fetch_in(
    world: World, options: RunOptions, errands: Sequence[Errand], recording: Recording
) -> Run[Fetch]:
    """The run that does these errands in `world`."""
    log = key_log(options.web)
    context = partial(tls_context, options.web, log, built_in=world.built_in)
    limits = _limits(options, world, context)
    fetch = Fetch(world.host, *errands[0], world.config, 0, limits, errands[1:])
    return world.join(fetch, recording, log)


def _urls(options: RunOptions) -> list[Url]:
    """What to fetch, with the credentials that the options have."""
    urls = [parse_url(text) for text in (options.url, *options.web.more)]
    name, _, password = options.web.user.partition(":")
    userinfo = f"{quote(name, safe='')}:{quote(password, safe='')}" if options.web.user else ""
    return [url if url.userinfo else replace(url, userinfo=userinfo) for url in urls]


def _limits(options: RunOptions, world: World, context: Callable[[], SSLContext]) -> FetchOptions:
    web = options.web
    return FetchOptions(
        request=web.request or Request(),
        timeout=_nanoseconds(options.timeout),
        connect_timeout=_nanoseconds(web.connect_timeout),
        fail=options.fail,
        follow=web.follow,
        max_redirects=web.max_redirects,
        close_patience=_nanoseconds(options.close_patience),
        half_close=world.half_close,
        look_up=world.look_up,
        tls_context=context,
    )


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND)
