// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/sandbox.hpp"

#include "gateway/net/closed_files.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>

namespace filters {
namespace {
std::string problem(const char* what, int error)
{
    return std::string{what} + ": " + std::strerror(error);
}

bool limit(int resource, rlim_t value)
{
    const rlimit both{value, value};
    return ::setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0;
}

/// Private writable memory of this process, as RLIMIT_DATA counts it.
std::size_t data_size()
{
    const std::unique_ptr<FILE, int (*)(FILE*)> status{std::fopen("/proc/self/status", "re"),
                                                       std::fclose};
    std::array<char, 256> line{};
    std::size_t kib = 0;
    while (status && std::fgets(line.data(), line.size(), status.get()))
        if (std::sscanf(line.data(), "VmData: %zu kB", &kib) == 1)
            break;
    return kib * 1024;
}

struct FreeFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};

/// Everything a computation and the C library below it use; all else ends the process.
constexpr std::array allowed{
    SCMP_SYS(read),          SCMP_SYS(recvfrom),       SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),        SCMP_SYS(sendmsg),        SCMP_SYS(munmap),
    SCMP_SYS(mremap),        SCMP_SYS(madvise),        SCMP_SYS(brk),
    SCMP_SYS(futex),         SCMP_SYS(exit),           SCMP_SYS(exit_group),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),   SCMP_SYS(getrusage),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(getrandom),
    SCMP_SYS(close),         SCMP_SYS(getpid),         SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),   SCMP_SYS(membarrier),     SCMP_SYS(restart_syscall),
};

/// What libraries try and can do without: looking for files of conversions, times, terminals.
constexpr std::array refused{
    SCMP_SYS(open),  SCMP_SYS(openat),     SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(stat),  SCMP_SYS(newfstatat), SCMP_SYS(lstat),      SCMP_SYS(fstat),
    SCMP_SYS(statx), SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
    SCMP_SYS(ioctl), SCMP_SYS(lseek),      SCMP_SYS(sysinfo),
};

/// Argument `number` is `value` in the bits of `mask`.
constexpr scmp_arg_cmp has_bits(unsigned number, scmp_datum_t mask, scmp_datum_t value)
{
    return {.arg = number, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}
constexpr scmp_arg_cmp equals(unsigned number, scmp_datum_t value)
{
    return {.arg = number, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

int add_rules(scmp_filter_ctx filter)
{
    int error = 0;
    const auto add = [&](std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> of) {
        if (error == 0)
            error = seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(of.size()),
                                           of.begin());
    };
    for (const int call : allowed)
        add(SCMP_ACT_ALLOW, call, {});
    for (const int call : refused)
        add(SCMP_ACT_ERRNO(EPERM), call, {});
    // Memory, never to be executed, never of a file, and only such as RLIMIT_DATA counts: not
    // shared, not growing like a stack. mprotect has the same sort of flag.
    constexpr scmp_datum_t kinds = MAP_ANONYMOUS | MAP_PRIVATE | MAP_SHARED | MAP_GROWSDOWN;
    add(SCMP_ACT_ALLOW, SCMP_SYS(mmap),
        {has_bits(2, PROT_EXEC, 0), has_bits(3, kinds, MAP_ANONYMOUS | MAP_PRIVATE)});
    add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {has_bits(2, PROT_EXEC | PROT_GROWSDOWN, 0)});
    // Its own limit of processor time only: pid 0. Root could raise the others.
    add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {equals(0, 0), equals(1, RLIMIT_CPU)});
    // What sanitizers look at memory and stacks with.
    if (net::is_sanitized)
        for (const int call :
             {SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(write), SCMP_SYS(sigaltstack)})
            add(SCMP_ACT_ALLOW, call, {});
    // A last word on stderr: an assertion, a sanitizer's report.
    add(SCMP_ACT_ALLOW, SCMP_SYS(write), {equals(0, STDERR_FILENO)});
    return error;
}

int close_the_calls()
{
    const std::unique_ptr<void, FreeFilter> filter{seccomp_init(SCMP_ACT_KILL_PROCESS)};
    if (!filter)
        return ENOMEM;
    if (const int error = add_rules(filter.get()))
        return -error;
    return -seccomp_load(filter.get());
}
}

std::expected<Sealed, std::string> seal(const SandboxLimits& limits)
{
    Sealed sealed;
    const std::size_t base = data_size();
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0)
        return std::unexpected{problem("cannot give up privileges", errno)};
    if (!net::close_the_files())
        sealed.weaknesses.emplace_back("this kernel has no Landlock");
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_FSIZE, 0)
        || (!net::is_sanitized && !limit(RLIMIT_NOFILE, 0)))
        return std::unexpected{problem("cannot set its limits", errno)};
    if (!net::is_sanitized && limits.memory > 0 && !limit(RLIMIT_DATA, base + limits.memory))
        return std::unexpected{problem("cannot limit its memory", errno)};
    if (const int error = close_the_calls())
        return std::unexpected{problem("cannot filter system calls", error)};
    return sealed;
}

void allow_processor_time(std::chrono::seconds more)
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    rlimit limits{};
    // Two seconds more than asked, because used seconds are cut off.
    const auto next
        = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + more.count() + 2);
    static rlim_t now = RLIM_INFINITY;
    if (std::exchange(now, next) == next)
        return; // within the same second
    ::getrlimit(RLIMIT_CPU, &limits);
    limits.rlim_cur = next;
    ::setrlimit(RLIMIT_CPU, &limits);
}
}
