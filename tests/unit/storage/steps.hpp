// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"

#include <cerrno>
#include <functional>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

/// Files that end the process, or find the disk full, at the Nth step of work.
class StepFiles final : public storage::Files {
public:
    enum class End { kill, full };
    StepFiles(End end, int step) : end_{end}, left_{step} { }
    void reach(Step, const std::string& path) override
    {
        if (left_-- > 0)
            return;
        if (end_ == End::kill)
            ::_exit(9);
        throw std::system_error{ENOSPC, std::generic_category(), "cannot write " + path};
    }
    bool was_reached() const { return left_ < 0; }

private:
    End end_;
    int left_;
};

/// Runs `work` in a process of its own that is killed at one step; false: it came to its end.
inline bool killed_at(int step, const std::function<void(storage::Files&)>& work)
{
    const auto child = ::fork();
    if (child == 0) {
        StepFiles files{StepFiles::End::kill, step};
        try {
            work(files);
            ::_exit(0);
        } catch (...) {
            ::_exit(1);
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
        return true;
    throw std::runtime_error{"the work failed"};
}
