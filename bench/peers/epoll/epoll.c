/* A minimal SSE server: GET /stream/<topic>, and one PSUBSCRIBE to Redis.
 *
 *     epoll PORT REDIS_PORT CHANNEL_PREFIX
 *
 * One process, one thread. A message is framed once and sent to each socket of its topic; what a
 * socket does not take is buffered; above 1 MiB it is closed. No heartbeats, no log, no replay.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FILES = 1 << 16, MAX_TOPICS = 1 << 16, MAX_BUFFERED = 1 << 20, REDIS_BUFFER = 1 << 20 };

typedef struct {
    int topic; /* -1: its request has not arrived */
    int index; /* in its topic's list */
    char *buffered;
    int buffered_length, buffered_sent;
} Viewer;

typedef struct {
    int *files;
    int count, capacity;
} Topic;

static Viewer viewers[MAX_FILES];
static Topic topics[MAX_TOPICS];
static int poll_file, redis_file;
static const char *prefix;

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int file, unsigned events, int operation) {
    struct epoll_event event = {.events = events, .data.fd = file};
    if (epoll_ctl(poll_file, operation, file, &event)) fail("epoll_ctl");
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void disconnect(int file) {
    Viewer *viewer = &viewers[file];
    if (viewer->topic >= 0) {
        Topic *topic = &topics[viewer->topic];
        int last = topic->files[--topic->count];
        topic->files[viewer->index] = last;
        viewers[last].index = viewer->index;
    }
    free(viewer->buffered);
    viewer->buffered = NULL;
    viewer->topic = -1;
    close(file);
}

static void subscribe_viewer(int file, int number) {
    Topic *topic = &topics[number];
    if (topic->count == topic->capacity) {
        topic->capacity = topic->capacity ? 2 * topic->capacity : 4;
        topic->files = realloc(topic->files, topic->capacity * sizeof(int));
        if (!topic->files) fail("realloc");
    }
    viewers[file].topic = number;
    viewers[file].index = topic->count;
    topic->files[topic->count++] = file;
}

/* Send, or buffer what the socket does not take; return whether the viewer stays connected. */
static int deliver(int file, const char *data, int length) {
    Viewer *viewer = &viewers[file];
    int sent = 0;
    if (!viewer->buffered) {
        sent = send(file, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == length) return 1;
        if (sent < 0 && errno != EAGAIN) return disconnect(file), 0;
        if (sent < 0) sent = 0;
        watch(file, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        viewer->buffered_length = viewer->buffered_sent = 0;
    }
    int more = length - sent;
    if (viewer->buffered_length + more > MAX_BUFFERED) return disconnect(file), 0;
    viewer->buffered = realloc(viewer->buffered, viewer->buffered_length + more);
    if (!viewer->buffered) fail("realloc");
    memcpy(viewer->buffered + viewer->buffered_length, data + sent, more);
    viewer->buffered_length += more;
    return 1;
}

static void send_buffered(int file) {
    Viewer *viewer = &viewers[file];
    if (!viewer->buffered) return;
    int left = viewer->buffered_length - viewer->buffered_sent;
    int sent = send(file, viewer->buffered + viewer->buffered_sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return disconnect(file);
    viewer->buffered_sent += sent;
    if (sent == left) {
        free(viewer->buffered);
        viewer->buffered = NULL;
        watch(file, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void publish(int number, const char *data, int length) {
    static char frame[REDIS_BUFFER + 128];
    Topic *topic = &topics[number];
    static const char BEFORE[] = "event: participant.update\ndata: ", AFTER[] = "\n\n\r\n";
    int body = sizeof BEFORE - 1 + length + 2;
    int size = sprintf(frame, "%x\r\n%s", body, BEFORE);
    memcpy(frame + size, data, length);
    memcpy(frame + size + length, AFTER, sizeof AFTER - 1);
    size += length + sizeof AFTER - 1;
    /* Backwards: a disconnected viewer's index goes to the last one, which has the message. */
    for (int index = topic->count - 1; index >= 0; index--) deliver(topic->files[index], frame, size);
}

/* Read a request, on the assumption that it arrives in one piece. */
static void receive_request(int file) {
    char request[4096];
    int length = recv(file, request, sizeof request - 1, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) return disconnect(file);
    if (viewers[file].topic >= 0) return;
    request[length] = 0;
    int number;
    if (sscanf(request, "GET /stream/%d", &number) != 1 || number < 0 || number >= MAX_TOPICS)
        return disconnect(file);
    subscribe_viewer(file, number);
    deliver(file, HEAD, sizeof HEAD - 1);
}

/* Read `<kind><number>\r\n` at *at and move past it; return 0 if it is incomplete. */
static int read_number(char kind, const char **at, const char *end, int *number) {
    const char *line_end = memchr(*at, '\n', end - *at);
    if (!line_end) return 0;
    if (**at != kind) {
        fprintf(stderr, "unexpected answer of Redis: %.*s\n", (int)(line_end - *at), *at);
        exit(1);
    }
    *number = atoi(*at + 1);
    *at = line_end + 1;
    return 1;
}

/* Publish one Redis message, an array of "pmessage", pattern, channel and data; return its end, or
 * NULL if it is incomplete. */
static const char *take_message(const char *at, const char *end) {
    const char *parts[4];
    int count, lengths[4];
    if (!read_number('*', &at, end, &count)) return NULL;
    if (count != 4) fail("not a message of Redis");
    for (int part = 0; part < 4; part++) {
        if (at == end || !read_number('$', &at, end, &lengths[part])) return NULL;
        if (end - at < lengths[part] + 2) return NULL;
        parts[part] = at;
        at += lengths[part] + 2;
    }
    int number = atoi(parts[2] + strlen(prefix)); /* ends at the \r that follows */
    if (number >= 0 && number < MAX_TOPICS) publish(number, parts[3], lengths[3]);
    return at;
}

static void receive_messages(void) {
    static char buffer[REDIS_BUFFER];
    static int length;
    int got = recv(redis_file, buffer + length, sizeof buffer - length, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the connection to Redis has ended, or a message is too long");
    length += got;
    const char *at = buffer, *end = buffer + length, *next;
    while (at < end && (next = take_message(at, end))) at = next;
    length = end - at;
    memmove(buffer, at, length);
}

static void subscribe(int port) {
    struct sockaddr_in address = loopback(port);
    redis_file = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(redis_file, (struct sockaddr *)&address, sizeof address)) fail("connect");
    dprintf(redis_file, "PSUBSCRIBE %s*\r\n", prefix);
    /* The answer is an array that ends with the number of subscriptions. */
    char answer[1024];
    int length = 0;
    do {
        int got = recv(redis_file, answer + length, 1, 0);
        if (got <= 0) fail("PSUBSCRIBE");
        length += got;
    } while (length < 4 || memcmp(answer + length - 4, ":1\r\n", 4));
}

static int listen_at(int port) {
    struct sockaddr_in address = loopback(port);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(file, (struct sockaddr *)&address, sizeof address) || listen(file, 4096)) fail("bind");
    return file;
}

static void accept_all(int listener) {
    int file, yes = 1;
    while ((file = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (file >= MAX_FILES) {
            close(file);
            continue;
        }
        setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        viewers[file].topic = -1;
        watch(file, EPOLLIN, EPOLL_CTL_ADD);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "epoll PORT REDIS_PORT CHANNEL_PREFIX\n"), 2;
    prefix = arguments[3];
    poll_file = epoll_create1(0);
    subscribe(atoi(arguments[2]));
    int listener = listen_at(atoi(arguments[1]));
    watch(redis_file, EPOLLIN, EPOLL_CTL_ADD);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll_file, events, 256, -1);
        for (int at = 0; at < ready; at++) {
            int file = events[at].data.fd;
            if (file == redis_file) receive_messages();
            else if (file == listener) accept_all(listener);
            else {
                if (events[at].events & EPOLLOUT) send_buffered(file);
                if (events[at].events & ~EPOLLOUT) receive_request(file);
            }
        }
    }
}
