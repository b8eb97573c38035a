// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/readable.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace net {
namespace asio = boost::asio;

struct Readable::State : Deadline {
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    explicit State(int watched)
        : Deadline{Loop::current()}, descriptor{loop_.context(), watched} { }
    ~State() override
    {
        if (descriptor.is_open())
            descriptor.release();
    }
    void expire() override
    {
        is_late = true;
        descriptor.cancel();
    }
    Descriptor descriptor;
    bool is_late = false;
};

Readable::Readable(int descriptor) : state_{std::make_unique<State>(descriptor)} { }
Readable::~Readable() = default;

awaitable<bool> Readable::wait_for(std::chrono::milliseconds limit)
{
    state_->is_late = false;
    state_->expires_after(limit);
    co_await state_->descriptor.async_wait(State::Descriptor::wait_read,
                                           asio::as_tuple(asio::deferred));
    state_->never();
    co_return !state_->is_late;
}
}
