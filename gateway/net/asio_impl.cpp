// SPDX-License-Identifier: Apache-2.0
// The compiled half of Boost.Asio, and the one place where a loop's turns can be measured: Asio
// has no hook around its wait, so the wait it calls here is ours.
#include "gateway/net/turn_clock.hpp"

#include <sys/epoll.h>

namespace {
int measured_epoll_wait(int epoll, epoll_event* events, int count, int timeout)
{
    net::turn_ends();
    const int ready = ::epoll_wait(epoll, events, count, timeout);
    net::turn_begins();
    return ready;
}
}

#define epoll_wait measured_epoll_wait
#include <boost/asio/impl/src.hpp>
