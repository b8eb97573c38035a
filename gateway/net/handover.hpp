// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/parking.hpp"

#include <cassert>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <variant>

namespace net {
/// A value made on another thread for a coroutine of one loop. Make one, give copies of it to the
/// other side, then `co_await handover.receive()`; the first `deliver` or `fail` wins, later ones
/// do nothing. Whoever is dropped first does no harm: a value for nobody is dropped, and a receiver
/// whose last sender is gone without a word gets std::runtime_error.
/// Costs two allocations, an uncontended lock and one post to the loop.
template <class T> class Handover {
public:
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    Handover() : sender_{std::make_shared<Sender>()} { }
    /// Once, on the loop. This handle is empty afterwards: copy it to the other side first.
    awaitable<T> receive()
    {
        assert(sender_ && "received already");
        auto state = sender_->state;
        sender_.reset();
        return take(std::move(state));
    }
    /// From any thread; for Handover<void> without a value.
    template <class... Values> void deliver(Values&&... values) const
    {
        sender_->state->settle(
            [&](State& state) { state.value.emplace(std::forward<Values>(values)...); });
    }
    void fail(std::exception_ptr failure) const
    {
        sender_->state->settle([&](State& state) { state.failure = std::move(failure); });
    }

private:
    struct Receiver;
    struct State : std::enable_shared_from_this<State> {
        std::mutex mutex;
        Loop* loop = nullptr; ///< where the receiver sleeps; null: it does not
        Receiver* receiver = nullptr;
        bool is_settled = false;
        std::optional<Value> value;
        std::exception_ptr failure;

        template <class Set> void settle(Set set)
        {
            // Held while posting, so that the loop cannot end in between.
            const std::lock_guard lock{mutex};
            if (is_settled)
                return;
            set(*this);
            is_settled = true;
            if (loop)
                loop->post([self = this->shared_from_this()] { self->wake(); });
        }
        void wake()
        {
            const std::lock_guard lock{mutex};
            if (receiver)
                receiver->wake();
        }
    };
    struct Sender {
        std::shared_ptr<State> state = std::make_shared<State>();
        ~Sender()
        {
            state->settle([](State& gone) {
                gone.failure = std::make_exception_ptr(
                    std::runtime_error{"the other side went away without an answer"});
            });
        }
    };
    struct Receiver final : Parking {
        explicit Receiver(State& from) : state{from}
        {
            const std::lock_guard lock{state.mutex};
            state.receiver = this;
            state.loop = &Loop::current();
            if (state.is_settled)
                wake();
        }
        ~Receiver() override { leave(); }
        void abandoned() override { leave(); }
        void leave()
        {
            const std::lock_guard lock{state.mutex};
            state.receiver = nullptr;
            state.loop = nullptr;
        }
        State& state;
    };

    static awaitable<T> take(std::shared_ptr<State> state)
    {
        {
            Receiver receiver{*state};
            co_await receiver.wait();
        }
        // Settled and left: nobody else looks at the state any more.
        if (state->failure)
            std::rethrow_exception(state->failure);
        if constexpr (!std::is_void_v<T>)
            co_return std::move(*state->value);
    }

    std::shared_ptr<Sender> sender_;
};
}
