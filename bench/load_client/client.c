/* Opens many streams, publishes messages, and counts what arrives of each, on one core.
 *
 * See client.py, which compiles and runs it, for what goes in and what comes out. A message is
 * known by its mark, <~topic.number.nanoseconds~>, wherever it stands: so all framings are alike.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define GIVE_UP (2 * SECOND)     /* for a message that has not arrived everywhere */
#define OPENING_AT_A_TIME 64
#define OPENING_PATIENCE (60 * SECOND)
#define MOST_CARRIED 64          /* a mark is shorter */
#define REMEMBERED 256           /* numbers of a stream that are known to have arrived */
#define BUFFER (256 * 1024)
#define MOST_LINKS 4

typedef int64_t ns_t;

struct stream {
    int fd;
    uint32_t topic;
    const char *request;
    uint32_t request_bytes;
    uint8_t is_open, is_websocket, carried;
    uint32_t last;               /* the highest number that has arrived */
    uint32_t arrived;            /* how many different ones */
    uint64_t seen[REMEMBERED / 64];
    char carry[MOST_CARRIED];    /* the end of what was read, before and after the head's end */
};

struct waiting { uint32_t number, missing; };

struct topic {
    const char *target, *template;
    uint32_t target_bytes, template_bytes;
    uint32_t published, streams;
    struct waiting *waiting;     /* the last `window` messages */
};

struct link {                    /* a connection on which is published */
    int fd;
    char *out;
    size_t start, end, room;
    uint64_t asked, answered;
    int is_waiting_for_room;
    char carry[16];
    size_t carried;
};

struct sent { uint32_t topic, number; ns_t at; };

static struct stream *streams;
static struct topic *topics;
static uint32_t stream_count, topic_count;
static struct link links[MOST_LINKS];
static int link_count, speaks_http;
static int poller;
static uint32_t window, in_flight;
static struct sent *fifo;
static uint32_t fifo_first, fifo_next;
#define FIFO (1u << 20)
static uint64_t doubled, disordered, delivered, received;
static uint32_t *latencies;      /* in microseconds */
static size_t latency_count, latency_room;
static ns_t counted_from, counted_until;
static char buffer[MOST_CARRIED + BUFFER];

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static ns_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *content = malloc(*size + 1);
    if (fread(content, 1, *size, file) != *size) fail("%s cannot be read", path);
    fclose(file);
    return content;
}

static uint32_t take_number(char **at) {
    uint32_t number;
    memcpy(&number, *at, 4);
    *at += 4;
    return number;
}

static char *take_bytes(char **at, uint32_t *size) {
    *size = take_number(at);
    char *bytes = *at;
    *at += *size;
    return bytes;
}

/* topics: target, template. streams: topic, request. Each preceded by their count. */
static void load(const char *topics_path, const char *streams_path) {
    size_t size;
    char *at = read_file(topics_path, &size);
    topic_count = take_number(&at);
    topics = calloc(topic_count, sizeof *topics);
    for (uint32_t i = 0; i < topic_count; i++) {
        topics[i].target = take_bytes(&at, &topics[i].target_bytes);
        topics[i].template = take_bytes(&at, &topics[i].template_bytes);
        topics[i].waiting = calloc(window ? window : 1, sizeof(struct waiting));
    }
    at = read_file(streams_path, &size);
    stream_count = take_number(&at);
    streams = calloc(stream_count, sizeof *streams);
    for (uint32_t i = 0; i < stream_count; i++) {
        streams[i].topic = take_number(&at);
        streams[i].request = take_bytes(&at, &streams[i].request_bytes);
        topics[streams[i].topic].streams++;
    }
}

static int start_connecting(int port) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    if (fd < 0) fail("no further socket: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (void *)&where, sizeof where) && errno != EINPROGRESS)
        fail("cannot connect: %s", strerror(errno));
    return fd;
}

static void watch(int how, int fd, uint32_t events, uint64_t who) {
    struct epoll_event event = {.events = events, .data.u64 = who};
    if (epoll_ctl(poller, how, fd, &event)) fail("epoll_ctl: %s", strerror(errno));
}

/* ---- what arrives ---- */

static void note_latency(ns_t nanoseconds) {
    if (latency_count == latency_room) {
        latency_room = latency_room ? 2 * latency_room : 1 << 20;
        latencies = realloc(latencies, latency_room * sizeof *latencies);
    }
    latencies[latency_count++] = nanoseconds / 1000;
}

static void note(struct stream *stream, uint32_t number, ns_t sent_at, ns_t at) {
    uint64_t bit = 1ull << (number % 64), *word = &stream->seen[number % REMEMBERED / 64];
    if (number > stream->last) {
        uint32_t skipped = number - stream->last - 1;
        for (uint32_t i = 1; i <= skipped && i <= REMEMBERED; i++)
            stream->seen[(number - i) % REMEMBERED / 64] &= ~(1ull << ((number - i) % 64));
        stream->last = number;
    } else if (stream->last - number < REMEMBERED && !(*word & bit)) {
        disordered++;            /* it was missing, and comes after a later one */
    } else {
        doubled++;
        return;
    }
    *word |= bit;
    stream->arrived++;
    received++;
    if (at >= counted_from && at < counted_until) delivered++;
    if (sent_at >= counted_from) note_latency(at - sent_at);
    if (window) {
        struct waiting *waiting = &topics[stream->topic].waiting[number % window];
        if (waiting->number == number && waiting->missing && !--waiting->missing) in_flight--;
    }
}

static char *read_uint(char *at, uint64_t *value) {
    *value = 0;
    while (*at >= '0' && *at <= '9') *value = *value * 10 + (*at++ - '0');
    return at;
}

/* Take note of every mark; return what may be the beginning of one that is not whole yet. */
static char *scan(struct stream *stream, char *at, char *end, ns_t time) {
    while ((at = memchr(at, '<', end - at))) {
        if (end - at < 2) return at;
        if (at[1] != '~') { at++; continue; }
        char *close = memmem(at, end - at < MOST_CARRIED ? end - at : MOST_CARRIED, "~>", 2);
        if (!close) {
            if (end - at < MOST_CARRIED) return at;
            at++;
            continue;
        }
        uint64_t topic, number = 0, sent_at = 0;
        char *next = read_uint(at + 2, &topic);
        if (*next == '.') next = read_uint(next + 1, &number);
        if (*next == '.') next = read_uint(next + 1, &sent_at);
        if (next != close) fail("not a mark: %.*s", (int)(close - at), at);
        if (topic != stream->topic) fail("topic %u got a message of %lu", stream->topic, topic);
        if (!number || number > topics[topic].published) fail("nobody published no. %lu", number);
        note(stream, number, sent_at, time);
        at = close + 2;
    }
    return end;
}

static void pong(struct stream *stream, const char *ping) {
    size_t size = ping[1] & 0x7f;
    char answer[6 + 125] = {(char)0x8a, (char)(0x80 | size)};  /* masked with zeros */
    if (size > 125) return;
    memcpy(answer + 6, ping + 2, size);
    if (send(stream->fd, answer, 6 + size, MSG_NOSIGNAL) < 0) fail("pong: %s", strerror(errno));
}

static void look_at_frames(struct stream *stream, char *at, size_t size) {
    uint8_t first = at[0];
    if (first == 0x88) fail("a WebSocket was closed by the server");
    /* A ping with content comes alone, and one without may follow anything. */
    char *ping = first == 0x89 && size >= 2 ? at : memmem(at, size, "\x89\x00", 2);
    if (ping) pong(stream, ping);
}

/* Take in what is there; return whether the stream has just been opened. */
static int receive(uint32_t index) {
    struct stream *stream = &streams[index];
    char *at = buffer + MOST_CARRIED - stream->carried;
    ssize_t size = recv(stream->fd, buffer + MOST_CARRIED, BUFFER - 1, 0);
    if (size < 0 && errno == EAGAIN) return 0;
    if (size <= 0)
        fail("stream %u was %s: %s", index, stream->is_open ? "closed early" : "refused",
             size ? strerror(errno) : "end of file");
    char *end = buffer + MOST_CARRIED + size;
    *end = 0;
    memcpy(at, stream->carry, stream->carried);
    int has_opened = 0;
    if (!stream->is_open) {
        /* The status comes in the first piece; of the others, the end is carried. */
        if (!stream->carried) {
            int status = size > 12 ? atoi(at + 9) : 0;
            if (status != 200 && status != 101)
                fail("stream %u was refused: %.200s", index, at);
            stream->is_websocket = status == 101;
        }
        char *body = memmem(at, end - at, "\r\n\r\n", 4);
        if (!body) {
            stream->carried = end - at < 3 ? end - at : 3;
            memcpy(stream->carry, end - stream->carried, stream->carried);
            return 0;
        }
        at = body + 4;
        stream->is_open = has_opened = 1;
        stream->carried = 0;
    }
    if (stream->is_websocket && end - at > stream->carried)
        look_at_frames(stream, at + stream->carried, end - at - stream->carried);
    char *rest = scan(stream, at, end, now());
    stream->carried = end - rest;
    memcpy(stream->carry, rest, stream->carried);
    return has_opened;
}

/* ---- what is published ---- */

static char *room(struct link *link, size_t size) {
    if (link->start == link->end) link->start = link->end = 0;
    if (link->end + size > link->room) {
        link->room = 2 * (link->end + size);
        link->out = realloc(link->out, link->room);
    }
    return link->out + link->end;
}

static void flush(int index) {
    struct link *link = &links[index];
    while (link->start < link->end) {
        ssize_t size = send(link->fd, link->out + link->start, link->end - link->start, MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN) fail("cannot publish: %s", strerror(errno));
        if (size < 0) break;
        link->start += size;
    }
    int is_full = link->start < link->end;
    if (is_full != link->is_waiting_for_room) {
        link->is_waiting_for_room = is_full;
        watch(EPOLL_CTL_MOD, link->fd, EPOLLIN | (is_full ? EPOLLOUT : 0),
              (1ull << 32) + index);
    }
}

static void publish(uint32_t index, ns_t at) {
    static char body[64 * 1024];
    struct topic *topic = &topics[index];
    uint32_t number = ++topic->published;
    const char *from = topic->template, *end = from + topic->template_bytes;
    char *to = body;
    while (from < end) {
        if (*from == '@' && end - from >= 5 && !memcmp(from, "@SEQ@", 5)) {
            to += sprintf(to, "%u", number);
            from += 5;
        } else if (*from == '@' && end - from >= 6 && !memcmp(from, "@MARK@", 6)) {
            to += sprintf(to, "<~%u.%u.%ld~>", index, number, at);
            from += 6;
        } else {
            *to++ = *from++;
        }
    }
    int size = to - body;
    /* One topic always goes the same way, or its messages could overtake each other. */
    struct link *link = &links[index % link_count];
    char *out = room(link, size + topic->target_bytes + 256), *begin = out;
    if (speaks_http)
        out += sprintf(out, "POST %.*s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %d\r\n\r\n", (int)topic->target_bytes, topic->target, size);
    else
        out += sprintf(out, "*3\r\n$7\r\nPUBLISH\r\n$%u\r\n%.*s\r\n$%d\r\n", topic->target_bytes,
                       (int)topic->target_bytes, topic->target, size);
    memcpy(out, body, size);
    out += size;
    if (!speaks_http) { memcpy(out, "\r\n", 2); out += 2; }
    link->end += out - begin;
    link->asked++;
    if (window) {
        topic->waiting[number % window] = (struct waiting){number, topic->streams};
        in_flight++;
        if (fifo_next - fifo_first == FIFO) fail("too many messages at a time");
        fifo[fifo_next++ % FIFO] = (struct sent){index, number, at};
    }
}

static void count_redis(struct link *link, char *at, char *end) {
    for (; at < end; at++) {
        if (*at == '-') fail("Redis: %.100s", at);
        if (*at == '\n') link->answered++;
    }
}

static void count_http(struct link *link, char *at, char *end) {
    while ((at = memmem(at, end - at, "HTTP/1.1 ", 9))) {
        if (end - at < 12) break;
        if (at[9] != '2') fail("published, and got: %.200s", at);
        link->answered++;
        at += 12;
    }
    link->carried = at ? end - at : end - (buffer + MOST_CARRIED) < 8 ? 0 : 8;
    memcpy(link->carry, end - link->carried, link->carried);
}

static void hear_answers(int index) {
    struct link *link = &links[index];
    char *at = buffer + MOST_CARRIED;
    ssize_t size = recv(link->fd, at, BUFFER - 1, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) fail("a connection to publish on was closed");
    at[size] = 0;
    if (!speaks_http) {
        count_redis(link, at, at + size);
        return;
    }
    char *begin = at - link->carried;
    memcpy(begin, link->carry, link->carried);
    count_http(link, begin, at + size);
}

static void open_links(int port) {
    for (int i = 0; i < link_count; i++) {
        links[i].fd = start_connecting(port);
        watch(EPOLL_CTL_ADD, links[i].fd, EPOLLIN, (1ull << 32) + i);
    }
}

/* ---- the loop ---- */

/* Handle what there is, and wait for it until then at most. Return how many streams opened. */
static int turn(ns_t until) {
    static struct epoll_event events[1024];
    ns_t left = until - now();
    if (left < 0) left = 0;
    struct timespec timeout = {left / SECOND, left % SECOND};
    int count = epoll_pwait2(poller, events, 1024, &timeout, NULL), opened = 0;
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        uint64_t who = events[i].data.u64;
        if (who >> 32) {
            if (events[i].events & EPOLLOUT) flush((uint32_t)who);
            if (events[i].events & ~EPOLLOUT) hear_answers((uint32_t)who);
        } else if (events[i].events & EPOLLOUT) {
            struct stream *stream = &streams[who];
            ssize_t size = send(stream->fd, stream->request, stream->request_bytes, MSG_NOSIGNAL);
            if (size != stream->request_bytes) fail("stream %lu was refused: %s", who, strerror(errno));
            watch(EPOLL_CTL_MOD, stream->fd, EPOLLIN, who);
        } else {
            opened += receive(who);
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
        opened += turn(now() + SECOND);
        if (now() - began > OPENING_PATIENCE) fail("only %u streams opened", opened);
    }
    double seconds = (now() - began) / 1e9;
    printf("{\"opened\": %u, \"open_seconds\": %.3f}\n", opened, seconds);
    fflush(stdout);
    return seconds;
}

static void wait_for(ns_t until) {
    while (now() < until) turn(until);
}

/* Give up what is too late, so that a lost message does not hold up the others for ever. */
static void give_up(ns_t before) {
    while (fifo_first != fifo_next) {
        struct sent *oldest = &fifo[fifo_first % FIFO];
        struct waiting *waiting = &topics[oldest->topic].waiting[oldest->number % window];
        if (waiting->number == oldest->number && waiting->missing) {
            if (oldest->at > before) return;
            waiting->missing = 0;
            in_flight--;
        }
        fifo_first++;
    }
}

static void flush_all(void) {
    for (int i = 0; i < link_count; i++) flush(i);
}

static void run_window(ns_t until) {
    uint32_t topic = 0;
    while (now() < until) {
        give_up(now() - GIVE_UP);
        while (in_flight < window) {
            publish(topic, now());
            topic = (topic + 1) % topic_count;
        }
        flush_all();
        turn(now() + SECOND / 10);
    }
}

static void run_rate(double rate, ns_t until) {
    ns_t began = now();
    for (uint64_t count = 0;;) {
        ns_t due;
        while ((due = began + (ns_t)(count * 1e9 / rate)) <= now()) {
            if (due >= until) return;
            /* Marked with when it was due: that this client was late must not look like speed. */
            publish(count++ % topic_count, due);
        }
        flush_all();
        turn(due);
    }
}

static uint64_t missing(void) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < stream_count; i++)
        count += topics[streams[i].topic].published - streams[i].arrived;
    return count;
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

static double quantile_ms(double share) {
    if (!latency_count) return 0;
    size_t index = share * latency_count;
    return latencies[index < latency_count ? index : latency_count - 1] / 1e3;
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
    speaks_http = !strcmp(OPTION("publishing", "redis"), "http");
    link_count = speaks_http ? MOST_LINKS : 1;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1000);
    prctl(PR_SET_PDEATHSIG, 9);
    poller = epoll_create1(0);
    fifo = calloc(FIFO, sizeof *fifo);
    load(OPTION("topics", ""), OPTION("streams", ""));
    counted_from = counted_until = INT64_MAX;
    double open_seconds = open_streams(atoi(OPTION("port", "0")));
    int is_idle = !strcmp(mode, "idle");
    if (!is_idle) open_links(atoi(OPTION("publish_port", "0")));
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
    for (ns_t end = now() + GIVE_UP; !is_idle && missing() && now() < end;)
        turn(now() + SECOND / 100);
    /* What comes twice comes soon after. */
    wait_for(now() + SECOND / 20);
    uint64_t published = 0, asked = 0, answered = 0;
    for (uint32_t i = 0; i < topic_count; i++) published += topics[i].published;
    for (int i = 0; i < link_count; i++) asked += links[i].asked, answered += links[i].answered;
    if (answered != asked) fail("%lu of %lu publications were answered", answered, asked);
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    printf("{\"opened\": %u, \"open_seconds\": %.3f, \"published\": %lu, \"received\": %lu,"
           " \"delivered\": %lu, \"seconds\": %.3f, \"lost\": %lu, \"doubled\": %lu,"
           " \"disordered\": %lu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f,"
           " \"cpu_seconds\": %.3f, \"cores\": %.3f}\n",
           stream_count, open_seconds, published, received, delivered, seconds / 1e9, missing(),
           doubled, disordered, quantile_ms(0.5), quantile_ms(0.99), quantile_ms(1),
           cpu, cores);
    return 0;
}
