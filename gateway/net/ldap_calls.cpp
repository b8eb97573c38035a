// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap_calls.hpp"

#include <algorithm>

namespace net::ldap {
timeval time_until(Deadline deadline)
{
    using namespace std::chrono;
    const auto left
        = std::max(duration_cast<microseconds>(deadline - steady_clock::now()), microseconds{1000});
    return {.tv_sec = static_cast<time_t>(left.count() / 1'000'000),
            .tv_usec = static_cast<suseconds_t>(left.count() % 1'000'000)};
}

About about_question(int code)
{
    const bool is_server = (code < 0 && code != LDAP_FILTER_ERROR) || code == LDAP_BUSY
        || code == LDAP_UNAVAILABLE || code == LDAP_UNWILLING_TO_PERFORM;
    return is_server ? About::server : About::question;
}

std::unexpected<LdapProblem> failure(LDAP* ld, int code, About about, std::string_view during)
{
    std::string text = std::string{during} + ": " + ::ldap_err2string(code);
    char* said = nullptr;
    if (::ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said) == LDAP_OPT_SUCCESS && said) {
        if (*said != '\0')
            text += std::string{" ("} + std::string{said}.substr(0, 200) + ")";
        ::ldap_memfree(said);
    }
    return std::unexpected{LdapProblem{about, std::move(text)}};
}

std::expected<Result, LdapProblem> result_of(LDAP* ld, int request, Deadline deadline,
                                             std::string_view during)
{
    timeval time = time_until(deadline);
    LDAPMessage* message = nullptr;
    const int kind = ::ldap_result(ld, request, LDAP_MSG_ALL, &time, &message);
    Result result{message};
    if (kind > 0)
        return result;
    if (kind == 0) {
        ::ldap_abandon_ext(ld, request, nullptr, nullptr);
        return std::unexpected{LdapProblem{About::server, std::string{during} + ": no answer"}};
    }
    int code = LDAP_SERVER_DOWN;
    ::ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
    return failure(ld, code, About::server, during);
}

int code_of(LDAP* ld, LDAPMessage* result)
{
    int code = LDAP_OTHER;
    const int parsed
        = ::ldap_parse_result(ld, result, &code, nullptr, nullptr, nullptr, nullptr, 0);
    return parsed == LDAP_SUCCESS ? code : parsed;
}

void take_values(LDAP* ld, LDAPMessage* message, const std::string& name, const std::string& asked,
                 std::size_t most, LdapEntry& entry)
{
    berval** values = ::ldap_get_values_len(ld, message, name.c_str());
    for (berval** value = values; value && *value && entry.values.size() < most; ++value)
        entry.values.emplace_back(asked, std::string{(*value)->bv_val, (*value)->bv_len});
    if (values)
        ::ldap_value_free_len(values);
}

LdapEntry entry_of(LDAP* ld, LDAPMessage* message, const std::vector<std::string>& attributes,
                   std::size_t most)
{
    LdapEntry entry;
    if (char* dn = ::ldap_get_dn(ld, message)) {
        entry.dn = dn;
        ::ldap_memfree(dn);
    }
    for (const auto& attribute : attributes)
        take_values(ld, message, attribute, attribute, most, entry);
    return entry;
}

std::expected<Result, LdapProblem> ask(LDAP* ld, int scope, const LdapQuery& query, int most,
                                       LDAPControl* control, Deadline deadline)
{
    AttributeNames attributes{query.attributes};
    std::array<LDAPControl*, 2> controls{control, nullptr};
    timeval time = time_until(deadline);
    int request = 0;
    const int sent
        = ::ldap_search_ext(ld, query.base.c_str(), scope, query.filter.c_str(), attributes.data(),
                            0, controls.data(), nullptr, &time, most, &request);
    if (sent != LDAP_SUCCESS)
        return failure(ld, sent, about_question(sent), "search");
    return result_of(ld, request, deadline, "search");
}
}
