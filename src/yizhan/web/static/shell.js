// What every page runs: one small module a behaviour, each found by attributes in the page.
import "./alerts.js";
import "./place.js";
import "./menus.js";
import "./dialogs.js";
import "./toasts.js";
import "./sent.js";
import "./keys.js";
import "./fields.js";
import "./picks.js";
import "./live.js";
