/* A minimal SSE server: GET /stream/<topic>, and one PSUBSCRIBE to Redis.
 *
 *     epoll PORT REDIS_PORT CHANNEL_PREFIX
 *
 * One process, one thread. A message is framed once and sent to each socket of its topic; what a
 * socket does not take is kept for it, up to a bound. No heartbeats, no log, no replay.
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

enum { MAX_FILES = 1 << 16, MAX_TOPICS = 1 << 16, MAX_KEPT = 1 << 20, REDIS_BUFFER = 1 << 20 };

typedef struct {
    int topic; /* -1: its request has not come */
    int place; /* in its topic's list */
    char *kept;
    int kept_length, kept_sent;
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

static void leave(int file) {
    Viewer *viewer = &viewers[file];
    if (viewer->topic >= 0) {
        Topic *topic = &topics[viewer->topic];
        int last = topic->files[--topic->count];
        topic->files[viewer->place] = last;
        viewers[last].place = viewer->place;
    }
    free(viewer->kept);
    viewer->kept = NULL;
    viewer->topic = -1;
    close(file);
}

static void join(int file, int number) {
    Topic *topic = &topics[number];
    if (topic->count == topic->capacity) {
        topic->capacity = topic->capacity ? 2 * topic->capacity : 4;
        topic->files = realloc(topic->files, topic->capacity * sizeof(int));
        if (!topic->files) fail("realloc");
    }
    viewers[file].topic = number;
    viewers[file].place = topic->count;
    topic->files[topic->count++] = file;
}

/* Whether the viewer is still there afterwards. */
static int give(int file, const char *data, int length) {
    Viewer *viewer = &viewers[file];
    int sent = 0;
    if (!viewer->kept) {
        sent = send(file, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == length) return 1;
        if (sent < 0 && errno != EAGAIN) return leave(file), 0;
        if (sent < 0) sent = 0;
        watch(file, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        viewer->kept_length = viewer->kept_sent = 0;
    }
    int more = length - sent;
    if (viewer->kept_length + more > MAX_KEPT) return leave(file), 0;
    viewer->kept = realloc(viewer->kept, viewer->kept_length + more);
    if (!viewer->kept) fail("realloc");
    memcpy(viewer->kept + viewer->kept_length, data + sent, more);
    viewer->kept_length += more;
    return 1;
}

static void give_kept(int file) {
    Viewer *viewer = &viewers[file];
    if (!viewer->kept) return;
    int left = viewer->kept_length - viewer->kept_sent;
    int sent = send(file, viewer->kept + viewer->kept_sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {
        leave(file);
        return;
    }
    viewer->kept_sent += sent;
    if (sent == left) {
        free(viewer->kept);
        viewer->kept = NULL;
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
    /* Backwards: who leaves is replaced by the last, which has had it. */
    for (int place = topic->count - 1; place >= 0; place--) give(topic->files[place], frame, size);
}

/* Requests are short and come in one piece. */
static void hear_viewer(int file) {
    char request[4096];
    int length = recv(file, request, sizeof request - 1, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) {
        leave(file);
        return;
    }
    if (viewers[file].topic >= 0) return;
    request[length] = 0;
    int number;
    if (sscanf(request, "GET /stream/%d", &number) != 1 || number < 0 || number >= MAX_TOPICS) {
        leave(file);
        return;
    }
    join(file, number);
    give(file, HEAD, sizeof HEAD - 1);
}

/* Reads `<kind><number>\r\n` at *at and moves past it; 0 where it is not complete. */
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

/* *4 pmessage, pattern, channel, data: returns where it ends, NULL where it is not complete. */
static const char *hear_message(const char *at, const char *end) {
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
    int number = atoi(parts[2] + strlen(prefix)); /* ends at the \r behind it */
    if (number >= 0 && number < MAX_TOPICS) publish(number, parts[3], lengths[3]);
    return at;
}

static void hear_redis(void) {
    static char buffer[REDIS_BUFFER];
    static int length;
    int got = recv(redis_file, buffer + length, sizeof buffer - length, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("Redis is gone, or its message is too long");
    length += got;
    const char *at = buffer, *end = buffer + length, *next;
    while (at < end && (next = hear_message(at, end))) at = next;
    length = end - at;
    memmove(buffer, at, length);
}

static void subscribe(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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
            if (file == redis_file) hear_redis();
            else if (file == listener) accept_all(listener);
            else {
                if (events[at].events & EPOLLOUT) give_kept(file);
                if (events[at].events & ~EPOLLOUT) hear_viewer(file);
            }
        }
    }
}
