#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/trust_anchors.hpp>

#include <cstddef>
#include <string>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE bool TrustAnchors::includes_system() const noexcept
{
    for (detail::TrustSource const& source : sources_)
        if (source.kind == detail::TrustSource::Kind::system)
            return true;
    return false;
}

SEALSQL_INLINE bool TrustAnchors::includes(TrustAnchors const& other) const noexcept
{
    for (detail::TrustSource const& wanted : other.sources_) {
        bool found = false;
        for (detail::TrustSource const& source : sources_)
            found = found || source == wanted;
        if (!found)
            return false;
    }
    return true;
}

SEALSQL_INLINE TrustAnchors& TrustAnchors::operator+=(TrustAnchors const& other)
{
    std::size_t const count = other.sources_.size(); // `other` may be this object
    for (std::size_t i = 0; i < count; ++i) {
        bool known = false;
        for (detail::TrustSource const& source : sources_)
            known = known || source == other.sources_[i];
        if (!known)
            sources_.push_back(other.sources_[i]);
    }
    return *this;
}

SEALSQL_INLINE std::string TrustAnchors::describe() const
{
    std::string words;
    for (detail::TrustSource const& source : sources_) {
        if (!words.empty())
            words += " and ";
        switch (source.kind) {
        case detail::TrustSource::Kind::system:
            words += "the system's CAs";
            break;
        case detail::TrustSource::Kind::file:
            words += "the CAs in ";
            words += printable(source.path.native());
            break;
        case detail::TrustSource::Kind::directory:
            words += "the CAs in the directory ";
            words += printable(source.path.native());
            break;
        case detail::TrustSource::Kind::memory:
            words += "the CAs given to TrustAnchors::memory()";
            break;
        }
    }
    return words.empty() ? "no CA" : words;
}

} // namespace sealsql::inline SEALSQL_ABI
