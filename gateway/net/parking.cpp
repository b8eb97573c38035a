// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/parking.hpp"
#include "gateway/net/await.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace net {
void Parking::park(Resume resume)
{
    loop_ = &Loop::current();
    resume_ = std::move(resume);
    next_ = std::exchange(loop_->parked_, this);
    if (next_)
        next_->previous_ = this;
    if (is_woken_)
        this->resume({});
}

void Parking::unlist()
{
    if (!loop_)
        return;
    (previous_ ? previous_->next_ : loop_->parked_) = next_;
    if (next_)
        next_->previous_ = previous_;
    previous_ = next_ = nullptr;
    loop_ = nullptr;
}

void Parking::resume(boost::system::error_code error)
{
    if (!resume_)
        return;
    auto& context = loop_->context();
    unlist();
    boost::asio::post(
        context, [resume = std::exchange(resume_, nullptr), error]() mutable { resume(error); });
}

void Parking::wake()
{
    is_woken_ = true;
    resume({});
}

void Parking::cancelled() { resume(boost::asio::error::operation_aborted); }
}
