/* Publishes messages to Redis, by POST, or to a PULL socket of ZeroMQ, and reads the answers. */
#include "load_client.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define MAX_LINKS 4
#define FIFO (1u << 20)
/* How a PUSH socket of ZeroMQ begins: its greeting, and the one command of the mechanism NULL. See
   rfc.zeromq.org/spec/23. No message is answered; what comes is the beginning of its peer. */
#define GREETING_BYTES 64
static const char READY[] = "\4\32\5READY\13Socket-Type\0\0\0\4PUSH";

struct link {                    /* a connection for publishing */
    int fd;
    char *out;
    size_t start, end, capacity;
    uint64_t sent, answered;
    int is_blocked;              /* the socket takes no more bytes now */
    char carry[16];
    size_t carried;
};

struct sent { uint32_t topic, number; ns_t at; };

static struct link links[MAX_LINKS];
static int link_count;
static enum { REDIS, HTTP, ZEROMQ } way;
/* With a window: the messages published and not yet seen by give_up(), the oldest first. */
static struct sent *fifo;
static uint32_t fifo_first, fifo_next;

/* Return where the next `size` bytes to send are to be written. */
static char *reserve(struct link *link, size_t size) {
    if (link->start == link->end) link->start = link->end = 0;
    if (link->end + size > link->capacity) {
        link->capacity = 2 * (link->end + size);
        link->out = realloc(link->out, link->capacity);
    }
    return link->out + link->end;
}

void flush(int index) {
    struct link *link = &links[index];
    while (link->start < link->end) {
        ssize_t size = send(link->fd, link->out + link->start, link->end - link->start, MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN) fail("cannot publish: %s", strerror(errno));
        if (size < 0) break;
        link->start += size;
    }
    int is_blocked = link->start < link->end;
    if (is_blocked != link->is_blocked) {
        link->is_blocked = is_blocked;
        watch(EPOLL_CTL_MOD, link->fd, EPOLLIN | (is_blocked ? EPOLLOUT : 0),
              LINK_EVENT + index);
    }
}

/* Write the flag of a long message and its length. */
static char *frame_head(char *to, uint64_t size) {
    *to++ = 2;
    for (int shift = 56; shift >= 0; shift -= 8) *to++ = size >> shift;
    return to;
}

/* It is sent at once, and answered long before `settle` is over: a message that comes before would end
   the connection. */
static void begin_zeromq(int index) {
    struct link *link = &links[index];
    char *out = reserve(link, GREETING_BYTES + sizeof READY);
    memset(out, 0, GREETING_BYTES);
    out[0] = '\xff', out[9] = '\x7f', out[10] = 3;
    memcpy(out + 12, "NULL", 4);
    memcpy(out + GREETING_BYTES, READY, sizeof READY - 1);
    link->end += GREETING_BYTES + sizeof READY - 1;
    flush(index);
}

void publish(uint32_t index, ns_t at) {
    static char body[64 * 1024];
    struct topic *topic = &topics[index];
    uint32_t number = ++topic->published;
    const char *from = topic->template, *end = from + topic->template_bytes;
    char *to = body, *code = NULL;
    while (from < end) {
        if (*from == '@' && end - from >= 5 && !memcmp(from, "@SEQ@", 5)) {
            to += sprintf(to, "%u", number);
            from += 5;
        } else if (*from == '@' && end - from >= 6 && !memcmp(from, "@MARK@", 6)) {
            to += sprintf(to, "<~%u.%u.%ld~>", index, number, at);
            from += 6;
        } else if (*from == '@' && end - from >= 6 && !memcmp(from, "@CODE@", 6)) {
            code = to;
            to += CODE_DIGITS;
            from += 6;
        } else {
            *to++ = *from++;
        }
    }
    /* One byte separates the code from what is signed. */
    if (code) write_code(code, code + CODE_DIGITS + 1, to - (code + CODE_DIGITS + 1));
    int size = to - body;
    /* A topic always uses the same link, or its messages could overtake each other. */
    struct link *link = &links[index % link_count];
    char *out = reserve(link, size + topic->target_bytes + 256), *begin = out;
    if (way == ZEROMQ)
        out = frame_head(out, size), link->answered++;
    else if (way == HTTP)
        out += sprintf(out, "POST %.*s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %d\r\n\r\n", (int)topic->target_bytes, topic->target, size);
    else
        out += sprintf(out, "*3\r\n$7\r\nPUBLISH\r\n$%u\r\n%.*s\r\n$%d\r\n", topic->target_bytes,
                       (int)topic->target_bytes, topic->target, size);
    memcpy(out, body, size);
    out += size;
    if (way == REDIS) { memcpy(out, "\r\n", 2); out += 2; }
    link->end += out - begin;
    link->sent++;
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
        if (at[9] != '2') fail("a publication was answered: %.200s", at);
        link->answered++;
        at += 12;
    }
    link->carried = at ? end - at : end - (buffer + LONGEST_MARK) < 8 ? 0 : 8;
    memcpy(link->carry, end - link->carried, link->carried);
}

void receive_answers(int index) {
    struct link *link = &links[index];
    char *at = buffer + LONGEST_MARK;
    ssize_t size = recv(link->fd, at, BUFFER - 1, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) fail("a connection to publish on was closed");
    at[size] = 0;
    if (way == REDIS) count_redis(link, at, at + size);
    if (way != HTTP) return;
    char *begin = at - link->carried;
    memcpy(begin, link->carry, link->carried);
    count_http(link, begin, at + size);
}

void open_links(int port, const char *publishing) {
    way = !strcmp(publishing, "http") ? HTTP : !strcmp(publishing, "zeromq") ? ZEROMQ : REDIS;
    link_count = way == HTTP ? MAX_LINKS : 1;
    fifo = calloc(FIFO, sizeof *fifo);
    for (int i = 0; i < link_count; i++) {
        links[i].fd = start_connecting(port);
        watch(EPOLL_CTL_ADD, links[i].fd, EPOLLIN, LINK_EVENT + i);
        if (way == ZEROMQ) begin_zeromq(i);
    }
}

/* Stop waiting for messages from before this time, so that a lost one does not block the window. */
void give_up(ns_t before) {
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

void flush_all(void) {
    for (int i = 0; i < link_count; i++) flush(i);
}

/* Fail if a publication was not answered. */
void check_answers(void) {
    uint64_t sent = 0, answered = 0;
    for (int i = 0; i < link_count; i++) sent += links[i].sent, answered += links[i].answered;
    if (answered != sent) fail("%lu of %lu publications were answered", answered, sent);
}
