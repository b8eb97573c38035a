// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/layer.hpp"
#include "filters/originating_client.hpp"
#include "filters/witness.hpp"
#include "gateway/mail/ascii.hpp"

#include <array>

namespace filters {
namespace {
using auth::SpfAnswer;

/// In the order of auth::SpfResult.
constexpr std::array<std::string_view, 7> names{"spf.none",     "spf.neutral",  "spf.pass",
                                                "spf.fail",     "spf.softfail", "spf.temperror",
                                                "spf.permerror"};
constexpr std::size_t longest_shown = 200;

/// A HELO can be anything.
std::string shown(std::string_view text)
{
    std::string result{text.substr(0, longest_shown)};
    for (char& c : result)
        if (!mail::is_printable(c))
            c = '?';
    return result;
}

mail::Finding finding_of(const SpfAnswer& answer, const mail::Ip& ip)
{
    std::string evidence = ip.to_string();
    if (answer.scope == auth::SpfScope::helo)
        evidence += " by HELO";
    if (!answer.mechanism.empty())
        evidence += ", " + shown(answer.mechanism);
    if (!answer.problem.empty())
        evidence += ": " + shown(answer.problem);
    return {.name = names[static_cast<std::size_t>(answer.result)],
            .detail = shown(answer.domain),
            .evidence = std::move(evidence)};
}

/// Whether the sender's domain lets this client send for it. The explanation of a domain is never
/// fetched: it is for the peer, who would hear a stranger's words from us.
class Spf final : public Layer {
public:
    explicit Spf(Services& services)
        : services_{services}, forwarders_{Forwarders::of(services)},
          witness_{Witness::of(services)}
    { }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        // Behind a forwarder stands somebody else, whom the message will name.
        if (mail.client.is_inside || mail.client.is_trusted_forwarder)
            return Findings{};
        return check(mail, mail.client.ip, mail.client.helo);
    }
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.client.is_inside || !mail.client.is_trusted_forwarder)
            return Findings{};
        auto origin = originating_client(mail, *forwarders_);
        if (!origin)
            return Findings{};
        return check(mail, origin->ip, std::move(origin->helo));
    }

private:
    awaitable<Findings> check(const mail::Mail& mail, mail::Ip ip, std::string helo) const
    {
        auth::MailDns dns{services_.resolver, mail};
        const auto answer
            = co_await auth::check_spf(auth::spf_question(ip, std::move(helo), mail.sender), dns);
        if (witness_)
            witness_->hear(mail, answer);
        co_return Findings{finding_of(answer, ip)};
    }

    Services& services_;
    std::shared_ptr<Forwarders> forwarders_;
    std::shared_ptr<Witness> witness_;
};

std::unique_ptr<Layer> make(const Settings&, Services& services)
{
    return std::make_unique<Spf>(services);
}
}

extern const LayerType spf{
    .name = "spf",
    .summary = "Asks the sender's domain which hosts may send for it (RFC 7208).",
    .findings = {
        {.name = names[2],
         .english = "{} lets this host send its mail.",
         .japanese = "{}はこのホストからの送信を許可しています。"},
        {.name = names[3],
         .english = "{} does not let this host send its mail.",
         .japanese = "{}はこのホストからの送信を許可していません。",
         .enhanced = "7.23",
         .refusal = "the sender's domain does not let your host send its mail (SPF)"},
        {.name = names[4],
         .english = "{} thinks that this host should not send its mail.",
         .japanese = "{}によれば、このホストはおそらく正規の送信元ではありません。"},
        {.name = names[1],
         .english = "{} does not say whether this host may send its mail.",
         .japanese = "{}はこのホストからの送信の可否を示していません。"},
        {.name = names[0],
         .english = "{} does not say which hosts send its mail.",
         .japanese = "{}には送信元ホストの情報(SPF)がありません。"},
        {.name = names[5],
         .english = "Which hosts send for {} could not be looked up now.",
         .japanese = "{}の送信元ホストの情報(SPF)を今は取得できませんでした。"},
        {.name = names[6],
         .english = "What {} says about its hosts cannot be understood.",
         .japanese = "{}の送信元ホストの情報(SPF)に誤りがあります。"},
    },
    .limit = std::chrono::seconds{20},
    .make = make,
};
}
