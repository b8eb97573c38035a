// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/admission.hpp"

namespace smtp {
std::expected<Admission, mail::Reply> Admission::ask(SnapshotPointer snapshot,
                                                     const mail::Client& client)
{
    if (auto refusal = snapshot->chain->admit(client))
        return std::unexpected{std::move(*refusal)};
    return Admission{std::move(snapshot), client};
}

Admission::~Admission()
{
    if (snapshot_)
        snapshot_->chain->depart(client_);
}
}
