/* The floor of a fan-out: every few milliseconds the frames that became due are written, once, to
 * the end of one long buffer, and each client is sent what follows its position in it. No history,
 * no filter, no JSON library, no TLS; the handshake's key is not even answered. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (4UL << 30)
#define MAX_FILES 65536

static const char *TYPES[] = {"agent_request", "agent_response", "agent_error", "system_health", "metrics"};
static const char *PRIORITIES[] = {"low", "normal", "high", "critical"};
static const char *WORDS[] = {"alder", "birch", "cedar", "dogwood", "elm",
                              "fir", "ginkgo", "hazel", "ironwood", "juniper"};
static const char UPGRADE[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\n\r\n";

static char *frames;
static size_t end;
static size_t position[MAX_FILES];
static int files[MAX_FILES], count, poller;

static volatile sig_atomic_t started;

static void start(int number) {
    (void)number;
    started = 1;
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void append(long long number, long long due_ns) {
    char text[1024];
    int size = snprintf(text, sizeof text,
        "{\"event_type\":\"%s\",\"data\":{\"seq\":%lld,\"t\":%lld,\"agent\":\"billing-%lld\",\"message\":"
        "\"the order was looked at by the agent and is passed on, %s\"},"
        "\"timestamp\":\"2026-01-01T00:00:00Z\",\"source\":\"agent-%lld\",\"priority\":\"%s\"}",
        TYPES[number % 5], number, due_ns, number % 90, WORDS[number % 10], number % 90,
        PRIORITIES[number % 4]);
    if (end + size + 4 > BUFFER) exit(3);
    unsigned char *at = (unsigned char *)frames + end;
    at[0] = 0x81;
    at[1] = 126;
    at[2] = size >> 8;
    at[3] = size & 255;
    memcpy(at + 4, text, size);
    end += size + 4;
}

static void forget(int index) {
    close(files[index]);
    files[index] = files[--count];
}

static void greet(int listener) {
    char request[4096];
    int one = 1, file = accept(listener, NULL, NULL);
    if (file < 0 || file >= MAX_FILES) return;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (recv(file, request, sizeof request, 0) <= 0 ||
        send(file, UPGRADE, sizeof UPGRADE - 1, MSG_NOSIGNAL) < 0) {
        close(file);
        return;
    }
    position[file] = end;
    files[count++] = file;
}

static void flush(void) {
    for (int i = count - 1; i >= 0; i--) {
        int file = files[i];
        if (position[file] == end) continue;
        ssize_t sent = send(file, frames + position[file], end - position[file],
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) position[file] += sent;
        else if (sent < 0) {
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size);
            if (error) forget(i);
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    double period_ns = 1e9 / atof(argv[2]);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) return 1;
    frames = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (frames == MAP_FAILED) return 1;
    poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    signal(SIGUSR2, start);
    long long start_ns = 0, flushed_ns = 0, number = 0, due_ns;
    for (;;) {
        if (epoll_wait(poller, &event, 1, 1) > 0) greet(listener);
        long long pace_ns = count > 250 ? count * 20000LL : 5000000LL;
        if (now_ns() - flushed_ns < pace_ns) continue;
        flushed_ns = now_ns();
        if (!started) continue;
        if (!start_ns) start_ns = flushed_ns;
        while ((due_ns = start_ns + (long long)(number * period_ns)) <= flushed_ns) append(number++, due_ns);
        flush();
    }
}
