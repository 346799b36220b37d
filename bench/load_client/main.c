/* Opens many streams, publishes messages, and counts what arrives on each, on one core.
 *
 * client.py compiles and runs it, and describes its input and output. A message is recognised by its
 * mark, <~topic.number.nanoseconds~>, at any place, so that the framing of a server does not matter.
 */
#include "load_client.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define LATEST (2 * SECOND)      /* how long a message is waited for */
#define OPENING_AT_A_TIME 64
#define OPENING_TIMEOUT (60 * SECOND)

int poller;
uint32_t window, in_flight;
ns_t counted_from, counted_until;
char buffer[LONGEST_MARK + BUFFER];

/* Wait for events until then at most and handle them; return how many streams they opened. */
static int handle_events(ns_t until) {
    static struct epoll_event events[1024];
    ns_t left = until - now();
    if (left < 0) left = 0;
    struct timespec timeout = {left / SECOND, left % SECOND};
    int count = epoll_pwait2(poller, events, 1024, &timeout, NULL), opened = 0;
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        uint64_t source = events[i].data.u64;
        if (source & LINK_EVENT) {
            if (events[i].events & EPOLLOUT) flush((uint32_t)source);
            if (events[i].events & ~EPOLLOUT) receive_answers((uint32_t)source);
        } else if (events[i].events & EPOLLOUT) {
            struct stream *stream = &streams[source];
            ssize_t size = send(stream->fd, stream->request, stream->request_bytes, MSG_NOSIGNAL);
            if (size != stream->request_bytes) fail("stream %lu was refused: %s", source, strerror(errno));
            watch(EPOLL_CTL_MOD, stream->fd, EPOLLIN, source);
        } else {
            opened += receive(source);
        }
    }
    return opened;
}

static double open_streams(int port) {
    ns_t began = now();
    uint32_t begun = 0, opened = 0;
    while (opened < stream_count) {
        while (begun < stream_count && begun - opened < OPENING_AT_A_TIME) {
            streams[begun].fd = start_connecting(port);
            watch(EPOLL_CTL_ADD, streams[begun].fd, EPOLLOUT, begun);
            begun++;
        }
        opened += handle_events(now() + SECOND);
        if (now() - began > OPENING_TIMEOUT) fail("only %u streams opened", opened);
    }
    double seconds = (now() - began) / 1e9;
    printf("{\"opened\": %u, \"open_seconds\": %.3f}\n", opened, seconds);
    fflush(stdout);
    return seconds;
}

static void wait_for(ns_t until) {
    while (now() < until) handle_events(until);
}

static void run_window(ns_t until) {
    uint32_t topic = 0;
    while (now() < until) {
        give_up(now() - LATEST);
        while (in_flight < window) {
            publish(topic, now());
            topic = (topic + 1) % topic_count;
        }
        flush_all();
        handle_events(now() + SECOND / 10);
    }
}

static void run_rate(double rate, ns_t until) {
    ns_t began = now();
    for (uint64_t count = 0;;) {
        ns_t due;
        while ((due = began + (ns_t)(count * 1e9 / rate)) <= now()) {
            if (due >= until) return;
            /* Marked with the time it was due, so that a late client does not shorten the latency. */
            publish(count++ % topic_count, due);
        }
        flush_all();
        handle_events(due);
    }
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static const char *option(int count, char **arguments, const char *name, const char *otherwise) {
    for (int i = 1; i + 1 < count; i += 2)
        if (!strcmp(arguments[i], name)) return arguments[i + 1];
    return otherwise;
}

int main(int count, char **arguments) {
#define OPTION(name, otherwise) option(count, arguments, name, otherwise)
    const char *mode = OPTION("mode", "idle");
    double rate = atof(OPTION("rate", "0"));
    ns_t seconds = atof(OPTION("seconds", "1")) * SECOND;
    ns_t warm_up = atof(OPTION("warm_up", "0")) * SECOND;
    ns_t settle = atof(OPTION("settle", "0")) * SECOND;
    window = atoi(OPTION("window", "0"));
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1000);
    prctl(PR_SET_PDEATHSIG, 9);
    poller = epoll_create1(0);
    load(OPTION("topics", ""), OPTION("streams", ""), OPTION("key", ""));
    counted_from = counted_until = INT64_MAX;
    double open_seconds = open_streams(atoi(OPTION("port", "0")));
    int is_idle = !strcmp(mode, "idle");
    if (!is_idle)
        open_links(atoi(OPTION("publish_port", "0")), OPTION("publishing", "redis"));
    wait_for(now() + settle);
    counted_from = now() + warm_up;
    counted_until = counted_from + seconds;
    wait_for(now());
    double cpu = cpu_seconds();
    ns_t began = now();
    if (is_idle) wait_for(counted_until);
    else if (window) run_window(counted_until);
    else run_rate(rate, counted_until);
    cpu = cpu_seconds() - cpu;
    double cores = cpu * 1e9 / (now() - began);
    flush_all();
    for (ns_t end = now() + LATEST; !is_idle && missing() && now() < end;)
        handle_events(now() + SECOND / 100);
    /* If the last message is doubled, its copy comes soon after: wait 50 ms for it. */
    wait_for(now() + SECOND / 20);
    check_answers();
    uint64_t published = 0;
    for (uint32_t i = 0; i < topic_count; i++) published += topics[i].published;
    sort_latencies();
    printf("{\"opened\": %u, \"open_seconds\": %.3f, \"published\": %lu, \"received\": %lu,"
           " \"delivered\": %lu, \"seconds\": %.3f, \"lost\": %lu, \"doubled\": %lu,"
           " \"disordered\": %lu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f,"
           " \"cpu_seconds\": %.3f, \"cores\": %.3f}\n",
           stream_count, open_seconds, published, received, delivered, seconds / 1e9, missing(),
           doubled, disordered, quantile_ms(0.5), quantile_ms(0.99), quantile_ms(1),
           cpu, cores);
    return 0;
}
