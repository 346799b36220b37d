/* Reads the topics and the streams, as client.py wrote them. */
#include "load_client.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream *streams;
struct topic *topics;
uint32_t stream_count, topic_count;
uint8_t signing_key[MAX_KEY];
size_t signing_key_bytes;

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

/* One file has the count of topics, then the target and the template of each; the other has the
 * count of streams, then the topic and the request of each; the third is the key that signs. */
void load(const char *topics_path, const char *streams_path, const char *key_path) {
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
    char *key = read_file(key_path, &signing_key_bytes);
    if (signing_key_bytes > MAX_KEY) fail("the key is too long");
    memcpy(signing_key, key, signing_key_bytes);
}
