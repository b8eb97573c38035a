// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <functional>

namespace net {
class Loop;

/// Where one coroutine of the current loop sleeps until it is woken: the primitive below Event,
/// Handover and all(). Lives in the frame of the coroutine that waits.
class Parking {
public:
    Parking() = default;
    virtual ~Parking() { unlist(); }
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;
    /// `co_await parking.wait()` returns after `wake`, at once if that came first.
    /// Throws boost::system::system_error (operation_aborted) if the coroutine is cancelled.
    auto wait()
    {
        return boost::asio::async_initiate<const boost::asio::deferred_t,
                                           void(boost::system::error_code)>(
            [this](auto resume) {
                auto slot = boost::asio::get_associated_cancellation_slot(resume);
                if (slot.is_connected())
                    slot.assign([this](boost::asio::cancellation_type) { cancelled(); });
                park(std::move(resume));
            },
            boost::asio::deferred);
    }
    /// On the loop's thread only.
    void wake();

protected:
    /// The coroutine was cancelled. Asleep it still is; by default it wakes with an error.
    virtual void cancelled();
    /// The loop ends and the coroutine with it.
    virtual void abandoned() { }

private:
    friend class Loop;
    using Resume = std::move_only_function<void(boost::system::error_code)>;
    void park(Resume resume);
    void resume(boost::system::error_code error);
    void unlist();

    Resume resume_;
    Loop* loop_ = nullptr;
    Parking* previous_ = nullptr;
    Parking* next_ = nullptr;
    bool is_woken_ = false;
};
}
