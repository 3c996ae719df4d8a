// The hour that this browser shows: the server writes times in it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`yizhan_zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `yizhan_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}
