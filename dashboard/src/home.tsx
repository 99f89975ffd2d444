import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router-dom";

/** The role of people who use CloudFlow and nothing else of Airflow. */
const OURS = "CloudFlowUser";

let whoAsked: Promise<boolean> | undefined;

/** Whether Airflow's own home page has nothing for this account but refusals; asked once. */
function belongsHere(): Promise<boolean> {
  whoAsked ??= fetch(new URL("cloudflow/api/v1/me", document.baseURI), { credentials: "same-origin" })
    .then((response) => (response.ok ? response.json() : {}))
    .then(
      (me: { roles?: string[] }) => Boolean(me.roles?.length) && (me.roles ?? []).every((role) => role === OURS),
      () => false,
    );
  return whoAsked;
}

/** Airflow renders this on every page. On its home page it sends people on whose place is CloudFlow. */
function CloudFlowHome(): null {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  useEffect(() => {
    if (pathname !== "/") return;
    let stays = true;
    void belongsHere().then((goes) => {
      if (goes && stays) void navigate("/plugin/cloudflow", { replace: true });
    });
    return () => {
      stays = false;
    };
  }, [pathname, navigate]);
  return null;
}

Object.assign(globalThis, { CloudFlowHome });

export default CloudFlowHome;
