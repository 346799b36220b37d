/* What the files of the load client share. See main.c for what the client does. */
#pragma once
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

#define SECOND 1000000000LL
#define LONGEST_MARK 64          /* no mark is as long as this */
#define REMEMBERED 256           /* newest numbers of a stream of which it is known if they came */
#define BUFFER (256 * 1024)
#define MAX_KEY 64
#define CODE_DIGITS 32           /* of a signature */
#define LINK_EVENT (1ull << 32)  /* an epoll event of a connection for publishing */

typedef int64_t ns_t;

struct stream {
    int fd;
    uint32_t topic;
    const char *request;
    uint32_t request_bytes;
    uint8_t is_open, is_websocket, carried;
    uint32_t last;               /* the highest number that has arrived */
    uint32_t arrived;            /* how many different numbers have arrived */
    uint64_t seen[REMEMBERED / 64];
    char carry[LONGEST_MARK];    /* the end of the last read, where a mark or the head may be cut */
};

struct waiting { uint32_t number, missing; };  /* a message, and how many streams lack it */

struct topic {
    const char *target, *template;
    uint32_t target_bytes, template_bytes;
    uint32_t published, streams;
    struct waiting *waiting;     /* the last `window` messages */
};

/* main.c */
extern int poller;
extern uint32_t window, in_flight;   /* messages that may be, and are, under way */
extern ns_t counted_from, counted_until;
extern char buffer[LONGEST_MARK + BUFFER];

/* inputs.c */
extern struct stream *streams;
extern struct topic *topics;
extern uint32_t stream_count, topic_count;
extern uint8_t signing_key[MAX_KEY];
extern size_t signing_key_bytes;
void load(const char *topics_path, const char *streams_path, const char *key_path);

/* common.c */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
ns_t now(void);
int start_connecting(int port);
void watch(int operation, int fd, uint32_t events, uint64_t data);

/* receiving.c */
extern uint64_t doubled, disordered, delivered, received;
int receive(uint32_t index);
uint64_t missing(void);
void sort_latencies(void);
double quantile_ms(double share);

/* blake2b.c */
void write_code(char *to, const char *data, size_t size);

/* publishing.c */
void open_links(int port, const char *publishing);
void publish(uint32_t topic, ns_t at);
void flush(int link);
void flush_all(void);
void receive_answers(int link);
void give_up(ns_t before);
void check_answers(void);
