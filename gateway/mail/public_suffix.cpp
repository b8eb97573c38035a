// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/public_suffix.hpp"

#include <libpsl.h>

namespace mail {
namespace {
/// Read once; never freed, for coroutines may ask until the process ends.
const psl_ctx_t* public_suffixes()
{
    static const psl_ctx_t* const list = [] {
        const psl_ctx_t* latest = psl_latest(nullptr);
        return latest != nullptr ? latest : psl_builtin();
    }();
    return list;
}
}

std::string_view registrable_domain(const std::string& name)
{
    const char* const found = psl_registrable_domain(public_suffixes(), name.c_str());
    return found == nullptr ? std::string_view{} : std::string_view{found};
}

bool is_public_suffix(const std::string& name)
{
    return psl_is_public_suffix(public_suffixes(), name.c_str()) != 0;
}

bool has_known_suffix(std::string_view name)
{
    const std::string top{name.substr(name.rfind('.') + 1)};
    return psl_is_public_suffix2(public_suffixes(), top.c_str(),
                                 PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE)
        != 0;
}
}
