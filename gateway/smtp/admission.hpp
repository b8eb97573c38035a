// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"

#include <expected>
#include <utility>

namespace smtp {
/// A client's place behind the door: the layers let it in, and hear of its departure when this
/// goes, however its session ended or failed to begin.
class Admission {
public:
    /// A refusal takes no place.
    static std::expected<Admission, mail::Reply> ask(SnapshotPointer snapshot,
                                                     const mail::Client& client);
    Admission(Admission&& other) noexcept
        : snapshot_{std::exchange(other.snapshot_, nullptr)}, client_{std::move(other.client_)}
    { }
    Admission& operator=(Admission&&) = delete;
    ~Admission();

private:
    Admission(SnapshotPointer snapshot, const mail::Client& client)
        : snapshot_{std::move(snapshot)}, client_{client}
    { }
    SnapshotPointer snapshot_; // whose chain counts it; empty: moved on
    mail::Client client_; // as it was at the door
};
}
