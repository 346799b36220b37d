/* BLAKE2b with a key, as RFC 7693 has it: the code by which our service knows its announcements. */
#include "load_client.h"
#include <stdio.h>
#include <string.h>

#define BLOCK 128
#define CODE_BYTES 16

static const uint64_t start[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

static const uint8_t order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static uint64_t turned(uint64_t word, int bits) { return word >> bits | word << (64 - bits); }

static void mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x; v[d] = turned(v[d] ^ v[a], 32);
    v[c] += v[d];     v[b] = turned(v[b] ^ v[c], 24);
    v[a] += v[b] + y; v[d] = turned(v[d] ^ v[a], 16);
    v[c] += v[d];     v[b] = turned(v[b] ^ v[c], 63);
}

static void compress(uint64_t *state, const uint8_t *block, uint64_t bytes, int is_last) {
    uint64_t v[16], m[16];
    memcpy(m, block, BLOCK);         /* on a little-endian machine, as all of ours */
    memcpy(v, state, 64);
    memcpy(v + 8, start, 64);
    v[12] ^= bytes;
    if (is_last) v[14] = ~v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *s = order[round % 10];
        for (int i = 0; i < 4; i++)
            mix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
        for (int i = 0; i < 4; i++)
            mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4,
                m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
    }
    for (int i = 0; i < 8; i++) state[i] ^= v[i] ^ v[8 + i];
}

/* Write the code of `size` bytes as hexadecimal digits, without a final zero. */
void write_code(char *to, const char *data, size_t size) {
    uint64_t state[8];
    uint8_t block[BLOCK] = {0};
    memcpy(state, start, sizeof state);
    state[0] ^= 0x01010000 ^ signing_key_bytes << 8 ^ CODE_BYTES;
    memcpy(block, signing_key, signing_key_bytes);
    compress(state, block, BLOCK, !size);
    for (size_t at = 0; at < size; at += BLOCK) {
        size_t taken = size - at < BLOCK ? size - at : BLOCK;
        memset(block, 0, BLOCK);
        memcpy(block, data + at, taken);
        compress(state, block, BLOCK + at + taken, at + taken == size);
    }
    char digits[2 * CODE_BYTES + 1];
    for (int i = 0; i < CODE_BYTES; i++)
        sprintf(digits + 2 * i, "%02x", ((uint8_t *)state)[i]);
    memcpy(to, digits, 2 * CODE_BYTES);
}
