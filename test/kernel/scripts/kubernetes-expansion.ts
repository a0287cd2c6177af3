/**
 * What the kubelet makes of an argument of a container before it starts it: `$(NAME)` becomes the value of the variable
 * and stays when there is none, `$$` becomes `$`, and a `$` before anything else stays. Written from the documentation
 * of core/v1 Container.args and the published behaviour of k8s.io/kubernetes/third_party/forked/golang/expansion.
 */
export function expandArgument(argument: string, lookUp: (name: string) => string | undefined): string {
  return argument.replace(/\$(?:(\$)|\(([^)]*)\))/g, (whole, escaped?: string, name?: string) => {
    if (escaped !== undefined) return "$";
    return lookUp(name ?? "") ?? whole;
  });
}
