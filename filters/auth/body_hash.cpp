// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/body_hash.hpp"

#include "gateway/mail/stamp.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <mutex>

namespace filters::auth {
namespace {
/// A pass over a body that may stop between any two batches.
class Pass {
public:
    Pass(const mail::Message& message, const std::vector<BodyForm>& forms)
        : only_body_{{}, {{0, message.body_offset()}}},
          rendering_{message, only_body_, mail::Dots::plain}, forms_{forms}
    {
        for (const auto& form : forms_)
            hashers_.emplace_back(form.canonicalization, form.length);
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    bool step()
    {
        std::array<std::string_view, 64> pieces;
        const auto count = rendering_.next(pieces);
        for (auto& hasher : hashers_)
            for (std::size_t i = 0; i < count; ++i)
                hasher.feed(pieces[i]);
        return count > 0;
    }
    std::vector<BodyHash> finish()
    {
        std::vector<BodyHash> hashes;
        for (std::size_t i = 0; i < forms_.size(); ++i) {
            auto hash = hashers_[i].finish();
            hashes.push_back({forms_[i], std::move(hash), hashers_[i].octets()});
        }
        return hashes;
    }

private:
    mail::Stamp only_body_;
    mail::Rendering rendering_;
    std::vector<BodyForm> forms_;
    std::vector<BodyHasher> hashers_;
};

/// Lets a thread work on a message only while its owner waits: who goes away waits for the batch
/// in hand, at most 256 KiB.
struct Permit {
    std::mutex mutex;
    bool is_withdrawn = false;
};
class Withdrawal {
public:
    explicit Withdrawal(Permit& permit) : permit_{permit} { }
    ~Withdrawal()
    {
        const std::lock_guard lock{permit_.mutex};
        permit_.is_withdrawn = true;
    }
    Withdrawal(const Withdrawal&) = delete;
    Withdrawal& operator=(const Withdrawal&) = delete;

private:
    Permit& permit_;
};

std::vector<BodyHash> hash_with(Permit& permit, const mail::Message& message,
                                const std::vector<BodyForm>& forms)
{
    std::optional<Pass> pass;
    while (true) {
        const std::lock_guard lock{permit.mutex};
        if (permit.is_withdrawn)
            return {};
        if (!pass)
            pass.emplace(message, forms);
        if (!pass->step())
            return pass->finish();
    }
}
}

void add_form(std::vector<BodyForm>& forms, const BodyForm& form)
{
    if (std::ranges::find(forms, form) == forms.end())
        forms.push_back(form);
}

const BodyHash& hash_of(const std::vector<BodyHash>& hashes, const BodyForm& form)
{
    const auto found = std::ranges::find(hashes, form, &BodyHash::form);
    assert(found != hashes.end());
    return *found;
}

std::vector<BodyHash> hash_body_here(const mail::Message& message,
                                     const std::vector<BodyForm>& forms)
{
    Pass pass{message, forms};
    while (pass.step()) { }
    return pass.finish();
}

net::awaitable<std::vector<BodyHash>> hash_body(const mail::Message& message,
                                                std::vector<BodyForm> forms, net::WorkerPool* pool)
{
    if (forms.empty())
        co_return std::vector<BodyHash>{};
    if (!pool || (message.size() - message.body_offset()) * forms.size() <= most_on_loop)
        co_return hash_body_here(message, forms);
    const auto permit = std::make_shared<Permit>();
    const Withdrawal withdrawal{*permit};
    auto hashes = co_await pool->run([permit, &message, forms = std::move(forms)] {
        return hash_with(*permit, message, forms);
    });
    co_return hashes;
}
}
