// SPDX-License-Identifier: Apache-2.0
#include "filters/known_dns_lists.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
// From a sum of 1 on an address counts as listed, and in the presets 1 is a tag. What people
// report counts only together with another list; addresses that should not send at all (.10, .11
// of ZEN) less than those seen to spam; networks taken over by criminals (.9) most.
constexpr std::array lists{
    KnownDnsList{.zone = "zen.spamhaus.org",
                 .name = "Spamhaus ZEN",
                 .url = "https://www.spamhaus.org/blocklists/",
                 .english = "Free for small, non-commercial use, and not by way of public "
                            "resolvers; others need a subscription.",
                 .japanese = "小規模な非商用利用は無料(公開リゾルバー経由は不可)。"
                             "それ以外は契約が必要です。",
                 .settings = R"(weight: 1.5, codes: ["127.0.0.2", "127.0.0.3 = 1.25", )"
                             R"("127.0.0.4-7", "127.0.0.9 = 2", "127.0.0.10-11 = 1"])"},
    KnownDnsList{.zone = "bl.spamcop.net",
                 .name = "SpamCop",
                 .url = "https://www.spamcop.net/bl.shtml",
                 .english = "Free; donations are asked for. Lists what people report, for about a "
                            "day.",
                 .japanese = "無料(寄付歓迎)。利用者の報告に基づき約1日間登録されます。",
                 .settings = R"(weight: 0.75, codes: ["127.0.0.2"])"},
    KnownDnsList{.zone = "b.barracudacentral.org",
                 .name = "Barracuda",
                 .url = "https://www.barracudacentral.org/rbl",
                 .english = "Free, but the address of your resolver has to be registered first.",
                 .japanese = "無料ですが、事前にリゾルバーのアドレスの登録が必要です。",
                 .settings = R"(weight: 1, codes: ["127.0.0.2"])"},
    KnownDnsList{.zone = "psbl.surriel.com",
                 .name = "PSBL",
                 .url = "https://psbl.org/",
                 .english = "Free for everybody; who is listed can remove himself.",
                 .japanese = "誰でも無料。登録された側が自分で解除できます。",
                 .settings = R"(weight: 0.75, codes: ["127.0.0.2"])"},
};
}

std::span<const KnownDnsList> known_dns_lists() { return lists; }

const KnownDnsList* known_dns_list(std::string_view zone)
{
    const auto found = std::ranges::find(lists, zone, &KnownDnsList::zone);
    return found == lists.end() ? nullptr : &*found;
}
}
