// SPDX-License-Identifier: Apache-2.0
#include "gateway/web_sandbox.hpp"

#include "gateway/net/closed_files.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace app {
namespace {
std::unexpected<std::string> problem(const char* what, int error)
{
    return std::unexpected{std::string{what} + ": " + std::strerror(error)};
}

struct FreeFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};

/// What an event loop with sockets, timers and memory uses; all else fails with EPERM.
constexpr std::array allowed{
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(close),
    SCMP_SYS(connect),
    SCMP_SYS(dup),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fcntl),
    SCMP_SYS(fstat),
    SCMP_SYS(futex),
    SCMP_SYS(getpeername),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(geteuid),
    SCMP_SYS(getuid),
    SCMP_SYS(ioctl),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sysinfo),
    SCMP_SYS(tgkill),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

/// Nobody honest tries these: the process ends.
constexpr std::array deadly{
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),  SCMP_SYS(process_vm_writev),
    SCMP_SYS(fork),   SCMP_SYS(vfork),    SCMP_SYS(bpf),     SCMP_SYS(init_module),
    SCMP_SYS(mount),  SCMP_SYS(setns),    SCMP_SYS(unshare), SCMP_SYS(userfaultfd),
};

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
    for (const int call : deadly)
        add(SCMP_ACT_KILL_PROCESS, call, {});
    const scmp_arg_cmp not_executable{
        .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
    add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), {not_executable});
    add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {not_executable});
    add(SCMP_ACT_ALLOW, SCMP_SYS(socket),
        {{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX, .datum_b = 0}});
    // Its own limits, read only.
    add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
        {{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0},
         {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0}});
    if (net::is_sanitized)
        for (const int call : {SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(readlink)})
            add(SCMP_ACT_ALLOW, call, {});
    return error;
}

int close_the_calls()
{
    const std::unique_ptr<void, FreeFilter> filter{seccomp_init(SCMP_ACT_ERRNO(EPERM))};
    if (!filter)
        return ENOMEM;
    if (const int error = add_rules(filter.get()))
        return -error;
    return -seccomp_load(filter.get());
}
}

std::expected<std::vector<std::string>, std::string> seal_web_role()
{
    std::vector<std::string> weaknesses;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0)
        return problem("cannot give up privileges", errno);
    if (!net::close_the_files())
        weaknesses.emplace_back("this kernel has no Landlock");
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::setrlimit(RLIMIT_NPROC, &none) != 0)
        return problem("cannot set its limits", errno);
    if (const int error = close_the_calls())
        return problem("cannot filter system calls", error);
    return weaknesses;
}
}
