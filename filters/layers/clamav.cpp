// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"
#include "filters/layer.hpp"
#include "filters/loaded_tables.hpp"

#include <stdexcept>

namespace filters {
namespace {
constexpr std::string_view infected = "clamav.infected", unscanned = "clamav.unscanned",
                           unavailable = "clamav.unavailable";

enum class Absence { defer, hold, ignore };

/// Shows each message to clamd: as it came, and where its structure has more than one reading or is
/// broken, the decoded parts of all readings beside it, for clamd may read it in a way of its own.
class ClamAv final : public Layer {
public:
    ClamAv(const Settings& settings, Services& services)
        : absence_{static_cast<Absence>(settings.choice("on_error", {"defer", "hold", "ignore"}))},
          largest_{settings.size("largest")}
    {
        const auto states = ClamdStates::of(services);
        std::vector<Clamds::Server> servers;
        for (auto& name : settings.texts("servers")) {
            auto address = ClamdAddress::parse(name);
            if (!address)
                settings.complain("servers", address.error());
            else
                servers.push_back({name, std::move(*address), states->state(name)});
        }
        clamds_ = std::make_shared<const Clamds>(
            std::move(servers),
            Clamds::Limits{settings.duration("connect"), settings.duration("reply")}, services);
        LoadedTables::on_publish(services, [states, clamds = clamds_] { states->replace(clamds); });
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (clamds_->is_empty())
            return Findings{};
        if (mail.message.size() > largest_)
            return Findings{{.name = unscanned, .detail = "it is larger than clamd is given"}};
        return scan(mail);
    }

private:
    awaitable<Findings> scan(const mail::Mail& mail) const
    {
        const auto content = mail.content;
        Clamds::Subject subject{mail.message, {}};
        if (content)
            subject.others = content->readings;
        const auto answer = co_await clamds_->scan(subject);
        if (answer.kind == ClamdAnswer::Kind::clean && content && content->is_readings_cut)
            co_return Findings{{.name = unscanned,
                                .detail = "programs read it differently, and it is too large for "
                                          "each reading to be looked at"}};
        co_return findings(answer);
    }
    Findings findings(const ClamdAnswer& answer) const
    {
        switch (answer.kind) {
        case ClamdAnswer::Kind::clean:
            return {};
        case ClamdAnswer::Kind::infected:
            return {{.name = infected, .detail = answer.text}};
        case ClamdAnswer::Kind::too_large:
            return {{.name = unscanned, .detail = "clamd takes none so large"}};
        case ClamdAnswer::Kind::unavailable:
            break;
        }
        if (absence_ == Absence::defer)
            throw std::runtime_error{"no clamd answers: " + answer.text};
        return {{.name = absence_ == Absence::hold ? unscanned : unavailable,
                 .detail = "no clamd answers: " + answer.text}};
    }

    Absence absence_;
    std::uint64_t largest_;
    std::shared_ptr<const Clamds> clamds_;
};

/// Finds nothing, but has the message analysed: the analysis keeps the readings.
class Readings final : public ContentLayer {
public:
    explicit Readings(const Settings& settings) : is_needed_{!settings.texts("servers").empty()} { }
    bool is_needed() const override { return is_needed_; }

private:
    bool is_needed_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<ClamAv>(settings, services);
}
std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services&)
{
    return std::make_unique<Readings>(settings);
}
}

extern const LayerType clamav{
    .name = "clamav",
    .summary = "Lets clamd look for viruses; only where a server is named.",
    .findings = {
        {.name = infected,
         .english = "The message carries a virus: {}",
         .japanese = "ウイルスが検出されました: {}",
         .is_overriding = true,
         .action = mail::Action::reject,
         .enhanced = "7.1",
         .refusal = "the message carries a virus"},
        {.name = unscanned,
         .english = "The message could not be looked at for viruses: {}",
         .japanese = "ウイルス検査ができませんでした: {}",
         .is_overriding = true,
         .action = mail::Action::quarantine},
        {.name = unavailable,
         .english = "The message was not looked at for viruses: {}",
         .japanese = "ウイルス検査は行われませんでした: {}"},
    },
    .settings = R"(# The clamds to ask, the first that answers decides: paths of sockets, HOST:PORT.
# None: nothing is looked at. Mind that a clamd by TCP sees mail in the clear.
servers: []
# How long a connection by TCP, and each answer, may take.
connect: 2 s
reply: 30 s
# Larger messages are not shown to clamd, and count as unscanned. Keep clamd's own StreamMaxLength
# as large; what goes over that is unscanned, too.
largest: 50 MiB
# No clamd answers: defer (the sender tries again), hold (the message is kept as unscanned) or
# ignore (it passes with the fact clamav.unavailable).
on_error: defer
)",
    .on_error = OnError::defer,
    .limit = std::chrono::minutes{3},
    .make = make,
    .make_content = make_content,
};
}
