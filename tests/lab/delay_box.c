/*
 * delay_box.c - a cable with a delay: a packet that enters one end leaves the other end MICROSECONDS later
 *
 *   namespace of the caller  [ TUN device NEAR ] ---- queue ---- [ TUN device FAR ]  namespace FILE
 *
 * usage: delay_box NEAR FILE FAR MICROSECONDS
 *
 * What netem does where a kernel has it. The delay is the same in both directions, so packets leave in the
 * order in which they came and one ring holds them all. Says "ready" on standard output when both devices
 * exist; ends with whoever started it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 1600, QUEUE_MAX = 16384, BATCH_MAX = 64 };

struct packet {
    int64_t due; /* nanoseconds */
    int to;      /* index of the end where it leaves */
    size_t size;
    unsigned char data[PACKET_MAX];
};

static struct packet queue[QUEUE_MAX];

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int tun_open(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        err(1, "/dev/net/tun");
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        err(1, "%s", name);
    return fd;
}

static void enter_network(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        err(1, "%s", file);
    close(fd);
}

/* Moves packets until the end of time. A full queue reads no more: the device drops, as a router would. */
static void carry(struct pollfd ends[2], int64_t delay)
{
    uint64_t first = 0, count = 0;

    for (;;) {
        int64_t wait = count > 0 ? queue[first % QUEUE_MAX].due - now() : 0;
        struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};

        if (wait >= 0 && ppoll(ends, 2, count > 0 ? &timeout : NULL, NULL) < 0 && errno != EINTR)
            err(1, "poll");
        for (int from = 0; from < 2; from++) {
            for (int i = 0; i < BATCH_MAX && count < QUEUE_MAX; i++) {
                struct packet *packet = &queue[(first + count) % QUEUE_MAX];
                ssize_t size = read(ends[from].fd, packet->data, sizeof(packet->data));

                if (size <= 0)
                    break;
                packet->size = (size_t)size;
                packet->to = 1 - from;
                packet->due = now() + delay;
                count++;
            }
        }
        for (; count > 0 && queue[first % QUEUE_MAX].due <= now(); first++, count--) {
            const struct packet *packet = &queue[first % QUEUE_MAX];

            /* an end that is not up yet, or takes no more, loses the packet */
            if (write(ends[packet->to].fd, packet->data, packet->size) < 0 && errno == EBADFD)
                err(1, "a device is gone");
        }
    }
}

int main(int count, char **words)
{
    struct pollfd ends[2] = {{.events = POLLIN}, {.events = POLLIN}};
    const struct sched_param urgent = {.sched_priority = 1};
    char *end;
    long delay;

    delay = count == 5 ? strtol(words[4], &end, 10) : -1;
    if (delay < 0 || *end != '\0' || delay > 10000000) {
        fprintf(stderr, "usage: delay_box NEAR FILE FAR MICROSECONDS (at most 10000000)\n");
        return 2;
    }
    /* late packets would be measured as the program's slowness; without the privilege they are only a little
     * later */
    (void)sched_setscheduler(0, SCHED_FIFO, &urgent);
    (void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    ends[0].fd = tun_open(words[1]);
    enter_network(words[2]);
    ends[1].fd = tun_open(words[3]);
    puts("ready");
    fflush(stdout);
    carry(ends, (int64_t)delay * 1000);
    return 0;
}
