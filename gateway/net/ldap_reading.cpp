// SPDX-License-Identifier: Apache-2.0
// What a connection reads in whole: all entries of a query, entries by their names.
#include "gateway/net/ldap_calls.hpp"

#include <algorithm>
#include <charconv>
#include <strings.h>

namespace net {
using namespace ldap;

namespace {
using Deadline = LdapConnection::Deadline;
/// One page; `cookie` becomes that of the next, "" behind the last.
std::expected<Result, LdapProblem> ask_page(LDAP* ld, const LdapQuery& query, std::string& cookie,
                                            bool& is_cut, Deadline deadline)
{
    constexpr ber_int_t page = 50; // entries: each may be large
    berval before{.bv_len = cookie.size(), .bv_val = cookie.data()};
    LDAPControl* control = nullptr;
    if (const int code = ::ldap_create_page_control(ld, page, &before, 0, &control);
        code != LDAP_SUCCESS)
        return failure(ld, code, About::question, "search");
    auto result = ask(ld, LDAP_SCOPE_SUBTREE, query, LDAP_NO_LIMIT, control, deadline);
    ::ldap_control_free(control);
    if (!result)
        return result;
    cookie.clear();
    int code = LDAP_OTHER;
    LDAPControl** controls = nullptr;
    const int parsed
        = ::ldap_parse_result(ld, result->get(), &code, nullptr, nullptr, nullptr, &controls, 0);
    LDAPControl* next = ::ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
    ber_int_t estimate = 0;
    berval after{};
    if (next && ::ldap_parse_pageresponse_control(ld, next, &estimate, &after) == LDAP_SUCCESS
        && after.bv_val) {
        cookie.assign(after.bv_val, after.bv_len);
        ::ber_memfree(after.bv_val);
    }
    ::ldap_controls_free(controls);
    is_cut = code == LDAP_SIZELIMIT_EXCEEDED;
    if (parsed != LDAP_SUCCESS || (code != LDAP_SUCCESS && !is_cut))
        return failure(ld, parsed == LDAP_SUCCESS ? code : parsed, about_question(code), "search");
    return result;
}

/// Active Directory gives a long attribute as "member;range=0-1499". What it is called in this
/// entry; "" where it is whole.
std::string piece_of(LDAP* ld, LDAPMessage* message, const std::string& attribute)
{
    const std::string start = attribute + ";range=";
    std::string found;
    BerElement* position = nullptr;
    for (char* name = ::ldap_first_attribute(ld, message, &position); name;
         name = ::ldap_next_attribute(ld, message, position)) {
        if (::strncasecmp(name, start.c_str(), start.size()) == 0)
            found = name;
        ::ldap_memfree(name);
    }
    if (position)
        ::ber_free(position, 0);
    return found;
}

/// "member;range=0-1499" → "member;range=1500-*"; "" behind the last piece.
std::string piece_behind(const std::string& attribute, const std::string& piece)
{
    const auto end = std::string_view{piece}.substr(piece.rfind('-') + 1);
    std::size_t last = 0;
    if (std::from_chars(end.data(), end.data() + end.size(), last).ec != std::errc{})
        return {};
    return attribute + ";range=" + std::to_string(last + 1) + "-*";
}

/// Takes what an attribute has in pieces, each by a question of its own.
std::expected<void, LdapProblem> take_pieces(LDAP* ld, LDAPMessage* message,
                                             const std::string& attribute, std::size_t most,
                                             LdapEntry& entry, Deadline deadline)
{
    Result answer;
    auto piece = piece_of(ld, message, attribute);
    while (!piece.empty()) {
        take_values(ld, message, piece, attribute, most, entry);
        const auto next = piece_behind(attribute, piece);
        if (next.empty() || entry.values.size() >= most)
            break;
        auto asked
            = ask(ld, LDAP_SCOPE_BASE, {entry.dn, "(objectClass=*)", {next}}, 1, nullptr, deadline);
        if (!asked)
            return std::unexpected{std::move(asked.error())};
        answer = std::move(*asked);
        message = ::ldap_first_entry(ld, answer.get());
        piece = message ? piece_of(ld, message, attribute) : "";
    }
    return {};
}
}

std::expected<LdapReading, LdapProblem>
LdapConnection::read(const LdapQuery& query, const LdapBounds& bounds, Deadline deadline)
{
    LDAP* ld = raw(handle_.get());
    LdapReading reading;
    std::string cookie;
    std::size_t left = bounds.values;
    do {
        const auto until = std::min(deadline, std::chrono::steady_clock::now() + bounds.question);
        const Watched::During during{*watched_, until};
        auto page = ask_page(ld, query, cookie, reading.is_cut, until);
        if (!page)
            return std::unexpected{std::move(page.error())};
        for (auto* message = ::ldap_first_entry(ld, page->get()); message;
             message = ::ldap_next_entry(ld, message)) {
            auto entry = entry_of(ld, message, query.attributes, left);
            for (const auto& attribute : query.attributes)
                if (auto taken = take_pieces(ld, message, attribute, left, entry, until); !taken)
                    return std::unexpected{std::move(taken.error())};
            left -= std::min(left, entry.values.size());
            reading.entries.push_back(std::move(entry));
            if (left == 0 || reading.entries.size() >= bounds.entries) {
                reading.is_cut = true;
                return reading;
            }
        }
    } while (!cookie.empty() && !reading.is_cut);
    return reading;
}

std::expected<std::vector<LdapNamed>, LdapProblem>
LdapConnection::entries_of(std::span<const std::string> names,
                           const std::vector<std::string>& attributes, Deadline deadline)
{
    constexpr std::size_t most_values = 100;
    LDAP* ld = raw(handle_.get());
    const Watched::During during{*watched_, deadline};
    AttributeNames wanted{attributes};
    std::vector<int> requests;
    for (const auto& name : names) {
        timeval time = time_until(deadline);
        int request = -1; // a name that is none has no answer
        const int sent = ::ldap_search_ext(ld, name.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                                           wanted.data(), 0, nullptr, nullptr, &time, 1, &request);
        if (sent != LDAP_SUCCESS && about_question(sent) == About::server)
            return failure(ld, sent, About::server, "search");
        requests.push_back(sent == LDAP_SUCCESS ? request : -1);
    }
    std::vector<LdapNamed> found(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (requests[i] < 0)
            continue;
        auto result = result_of(ld, requests[i], deadline, "search");
        if (!result)
            return std::unexpected{std::move(result.error())};
        const int code = code_of(ld, result->get());
        auto* message = ::ldap_first_entry(ld, result->get());
        if (code == LDAP_NO_SUCH_OBJECT)
            found[i].answer = LdapNamed::Answer::gone;
        else if (about_question(code) == About::server)
            return failure(ld, code, About::server, "search");
        else if (message)
            found[i] = {LdapNamed::Answer::there, entry_of(ld, message, attributes, most_values)};
    }
    return found;
}
}
