/* The floor: what the machine itself asks for a fan-out. One thread, one epoll, and for each publication (or each
 * burst of publications that arrives at once) exactly one send(2) of ready framed bytes per subscriber: no topics, no
 * history beyond the newest publications, no partial writes kept (a subscriber that can't take all is closed).
 *
 *   GET  /ws   WebSocket        GET  /sse  Server-Sent Events (with Last-Event-ID: all kept publications at once)
 *   POST …     publishes the body
 *
 * usage: floor PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { NEW, WEBSOCKET, EVENTS };
enum { MAX_FD = 1 << 20, INPUT = 256 << 10, KEPT = 100, FRAME = 4096, OUTPUT = 1 << 20 };

/* A subscriber's whole state; what a request leaves over is kept for publishers only. */
static struct {
    unsigned char kind;
    int place;
    char *pending;
    int pending_length;
} connections[MAX_FD];

static int subscribers[2][MAX_FD], counts[2];
static int poller;
static char input[INPUT];

struct bytes {
    char data[OUTPUT];
    int length;
};
static struct bytes burst[2];

static struct {
    char data[FRAME];
    int length;
} kept[KEPT];
static long published;

/* SHA-1 (FIPS 180-4) of at most 119 bytes. */
static uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

static void sha1_block(uint32_t state[5], const unsigned char *block) {
    uint32_t word[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        word[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) word[i] = rotate(word[i - 3] ^ word[i - 8] ^ word[i - 14] ^ word[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        uint32_t next = rotate(a, 5) + f + e + k + word[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

static void sha1(const char *text, int length, unsigned char digest[20]) {
    unsigned char padded[128] = {0};
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    int blocks = (length + 9 + 63) / 64;
    memcpy(padded, text, length);
    padded[length] = 0x80;
    padded[64 * blocks - 2] = (length * 8) >> 8;
    padded[64 * blocks - 1] = (length * 8) & 255;
    for (int i = 0; i < blocks; i++) sha1_block(state, padded + 64 * i);
    for (int i = 0; i < 20; i++) digest[i] = state[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char digest[20], char text[29]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 7; i++) {
        uint32_t three = digest[3 * i] << 16 | digest[3 * i + 1] << 8 | (i < 6 ? digest[3 * i + 2] : 0);
        for (int j = 0; j < 4; j++) text[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
    }
    text[27] = '=';
    text[28] = 0;
}

static void drop(int fd) {
    if (connections[fd].kind != NEW) {
        int list = connections[fd].kind - 1, last = subscribers[list][--counts[list]];
        subscribers[list][connections[fd].place] = last;
        connections[last].place = connections[fd].place;
    }
    free(connections[fd].pending);
    memset(&connections[fd], 0, sizeof connections[fd]);
    close(fd);
}

static void say(int fd, const char *bytes, int length) {
    if (send(fd, bytes, length, MSG_NOSIGNAL) != length) drop(fd);
}

static void subscribe(int fd, enum kind kind) {
    int list = kind - 1;
    connections[fd].kind = kind;
    connections[fd].place = counts[list];
    subscribers[list][counts[list]++] = fd;
}

static void replay(int fd) {
    static char all[KEPT * FRAME];
    int length = 0;
    for (long i = published > KEPT ? published - KEPT : 0; i < published; i++) {
        memcpy(all + length, kept[i % KEPT].data, kept[i % KEPT].length);
        length += kept[i % KEPT].length;
    }
    if (length) say(fd, all, length);
}

static void answer_get(int fd, char *head) {
    char answer[256];
    const char *key = strcasestr(head, "\r\nSec-WebSocket-Key: ");
    if (key) {
        char joined[64 + 37], accept[29];
        unsigned char digest[20];
        snprintf(joined, sizeof joined, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 21);
        sha1(joined, strlen(joined), digest);
        base64(digest, accept);
        int length = snprintf(answer, sizeof answer,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
        subscribe(fd, WEBSOCKET);
        say(fd, answer, length);
    } else {
        static const char events[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 0\n\n";
        int replays = strcasestr(head, "\r\nLast-Event-ID: ") != NULL;
        subscribe(fd, EVENTS);
        say(fd, events, sizeof events - 1);
        if (replays && connections[fd].kind == EVENTS) replay(fd);
    }
}

static void flush_bursts(void) {
    for (int list = 0; list < 2; list++) {
        if (burst[list].length == 0) continue;
        /* Backwards: a subscriber that is dropped is replaced by the last one. */
        for (int i = counts[list] - 1; i >= 0; i--) say(subscribers[list][i], burst[list].data, burst[list].length);
        burst[list].length = 0;
    }
}

static void publish(const char *body, int length) {
    if (length > FRAME - 64) return;
    if (burst[0].length > OUTPUT - 2 * FRAME || burst[1].length > OUTPUT - 2 * FRAME) flush_bursts();
    char *frame = burst[0].data + burst[0].length, *start = frame;
    *frame++ = (char)0x81;
    if (length < 126) {
        *frame++ = length;
    } else {
        *frame++ = 126, *frame++ = length >> 8, *frame++ = length & 255;
    }
    memcpy(frame, body, length);
    burst[0].length += frame + length - start;
    char *event = burst[1].data + burst[1].length;
    int written = sprintf(event, "id: %ld\ndata: %.*s\n\n", ++published, length, body);
    burst[1].length += written;
    int place = (published - 1) % KEPT;
    memcpy(kept[place].data, event, written);
    kept[place].length = written;
}

/* How much of the text was used; -1: the connection was dropped or has become a subscriber. */
static int take_request(int fd, char *text, int length) {
    char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    end[2] = 0;
    if (strncmp(text, "POST ", 5) != 0) {
        answer_get(fd, text);
        return -1;
    }
    const char *field = strcasestr(text, "\r\nContent-Length: ");
    int head = end + 4 - text, body = field ? atoi(field + 18) : 0;
    if (head + body > length) {
        end[2] = '\r';
        return 0;
    }
    publish(end + 4, body);
    static const char done[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (send(fd, done, sizeof done - 1, MSG_NOSIGNAL) < 0) {
        drop(fd);
        return -1;
    }
    return head + body;
}

static void take_input(int fd) {
    int had = connections[fd].pending_length;
    if (had) memcpy(input, connections[fd].pending, had);
    int got = recv(fd, input + had, INPUT - 1 - had, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return drop(fd);
    if (connections[fd].kind != NEW) return; /* pongs */
    int used = 0, length = had + got;
    input[length] = 0;
    for (int step; used < length; used += step) {
        step = take_request(fd, input + used, length - used);
        if (step < 0) return;
        if (step == 0) break;
    }
    free(connections[fd].pending);
    connections[fd].pending = NULL;
    connections[fd].pending_length = length - used;
    if (length > used) {
        connections[fd].pending = malloc(length - used);
        memcpy(connections[fd].pending, input + used, length - used);
    }
    flush_bursts();
}

static void accept_all(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= MAX_FD) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit files;
    struct epoll_event events[256];
    int one = 1;
    if (count != 2) return fprintf(stderr, "usage: floor PORT\n"), 64;
    address.sin_port = htons(atoi(arguments[1]));
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return perror("floor"), 1;
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener) accept_all(listener);
            else take_input(events[i].data.fd);
        }
    }
}
