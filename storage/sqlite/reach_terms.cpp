// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reach_terms.hpp"

#include "storage/sqlite/history_terms.hpp"

namespace storage::sqlite {
std::string json_list(std::span<const std::string> texts)
{
    std::string list = "[";
    for (const auto& text : texts) {
        list += list.size() > 1 ? ",\"" : "\"";
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < ' ')
                continue; // no address and no domain has one
            if (c == '"' || c == '\\')
                list += '\\';
            list += c;
        }
        list += '"';
    }
    return list + "]";
}

std::string json_list(std::span<const std::int64_t> numbers)
{
    std::string list = "[";
    for (const auto number : numbers)
        list += (list.size() > 1 ? "," : "") + std::to_string(number);
    return list + "]";
}

std::vector<std::int64_t> reach_terms(const Reach& reach)
{
    std::vector<std::int64_t> terms;
    for (const auto& address : reach.addresses())
        terms.push_back(term_number(Term::recipient, address));
    for (const auto& domain : reach.domains())
        terms.push_back(term_number(Term::recipient_domain, domain));
    return terms;
}
}
