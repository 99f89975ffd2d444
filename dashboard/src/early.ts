/** What our pages run before anything else: a browser has nothing to do while it reads Airflow's own script. */
import { askEarly } from "./api/early";
import { BASE } from "./base";

askEarly(window.location.pathname.replace(/\/$/, "").endsWith(BASE));
