// SPDX-License-Identifier: Apache-2.0
#include "storage/ended_sign_ins.hpp"

namespace storage {
EndedSignIns& EndedSignIns::here()
{
    static EndedSignIns all;
    return all;
}

std::uint64_t EndedSignIns::now() const
{
    const std::lock_guard lock{mutex_};
    return moment_;
}

void EndedSignIns::note(std::int64_t account)
{
    const std::lock_guard lock{mutex_};
    ended_.insert_or_assign(account, ++moment_);
}

bool EndedSignIns::has_ended(std::int64_t account, std::uint64_t since) const
{
    const std::lock_guard lock{mutex_};
    const auto found = ended_.find(account);
    return found != ended_.end() && found->second > since;
}
}
