/* Makes the disk seem full to every process that preloads this library, for files whose paths begin as FULL_DISK_PATH says.

   As on a real full disk, what a file already has can be overwritten, but no file can grow. The
   file that PRELOADED_NUMBER names holds one 64-bit number: not 0 while the disk is full. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const volatile int64_t *is_full;
static const char *start;

__attribute__((constructor)) static void map_number(void) {
  const char *path = getenv("PRELOADED_NUMBER");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  start = getenv("FULL_DISK_PATH");
  if (file < 0 || !start) return;
  void *mapped = mmap(NULL, sizeof *is_full, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) is_full = mapped;
  close(file);
}

/* Whether there is no space to write so many bytes there; an offset of -1 is the file's own. */
static int lacks_space(int file, off_t offset, size_t bytes) {
  struct stat about;
  char link[32], path[4096];
  if (!is_full || !*is_full || fstat(file, &about) || !S_ISREG(about.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strncmp(path, start, strlen(start))) return 0;
  if (offset == -1)
    offset = fcntl(file, F_GETFL) & O_APPEND ? about.st_size : lseek(file, 0, SEEK_CUR);
  if (offset + (off_t)bytes <= about.st_size) return 0;
  errno = ENOSPC;
  return 1;
}

static size_t sum(const struct iovec *parts, int count) {
  size_t bytes = 0;
  for (int n = 0; n < count; n++) bytes += parts[n].iov_len;
  return bytes;
}

ssize_t write(int file, const void *data, size_t bytes) {
  return lacks_space(file, -1, bytes) ? -1 : syscall(SYS_write, file, data, bytes);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  return lacks_space(file, -1, sum(parts, count)) ? -1 : syscall(SYS_writev, file, parts, count);
}

ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t offset) {
  return lacks_space(file, offset, bytes) ? -1
                                          : syscall(SYS_pwrite64, file, data, bytes, offset);
}

ssize_t pwrite(int file, const void *data, size_t bytes, off_t offset) {
  return pwrite64(file, data, bytes, offset);
}

/* The kernel takes the offset in two halves, of which 64-bit machines use the first. */
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
  return lacks_space(file, offset, sum(parts, count))
             ? -1
             : syscall(SYS_pwritev, file, parts, count, offset, 0);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(file, parts, count, offset);
}

int fallocate64(int file, int mode, off64_t offset, off64_t bytes) {
  return lacks_space(file, offset, bytes) ? -1 : syscall(SYS_fallocate, file, mode, offset, bytes);
}

int fallocate(int file, int mode, off_t offset, off_t bytes) {
  return fallocate64(file, mode, offset, bytes);
}

int posix_fallocate64(int file, off64_t offset, off64_t bytes) {
  return fallocate64(file, 0, offset, bytes) ? errno : 0;
}

int posix_fallocate(int file, off_t offset, off_t bytes) {
  return posix_fallocate64(file, offset, bytes);
}
