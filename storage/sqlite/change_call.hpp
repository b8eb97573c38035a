// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/writer.hpp"

#include <type_traits>

namespace storage::sqlite {
/// A change made of a function; its result travels to the coroutine that waits.
template <class Work> class ChangeCall final : public Change {
public:
    using Result = std::invoke_result_t<Work, MailTables&>;
    using Value = typename net::Handover<Result>::Value;
    ChangeCall(Work work, net::Handover<Result> handover)
        : work_{std::move(work)}, handover_{std::move(handover)}
    { }
    void apply(MailTables& tables) override
    {
        if constexpr (std::is_void_v<Result>)
            work_(tables);
        else
            value_ = work_(tables);
    }
    void committed() override
    {
        if constexpr (std::is_void_v<Result>)
            handover_.deliver();
        else
            handover_.deliver(std::move(value_));
    }
    void failed(Failure, const std::string& why) override
    {
        handover_.fail(std::make_exception_ptr(Unavailable{why}));
    }

private:
    Work work_;
    Value value_{};
    net::Handover<Result> handover_;
};

template <class Work>
net::awaitable<std::invoke_result_t<Work, MailTables&>> Writer::change(Work work)
{
    net::Handover<std::invoke_result_t<Work, MailTables&>> handover;
    submit(std::make_unique<ChangeCall<Work>>(std::move(work), handover));
    co_return co_await handover.receive();
}
}
